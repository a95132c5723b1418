using System.Text.Json.Nodes;
using Crater.Lab.Store;

namespace Crater.Lab.Controllers;

/// <summary>Removes the pods of a node that is not there: nobody else would ever say that they have ended.</summary>
internal sealed class LostNodeController(Workbench work) : IController
{
    /// <summary>How long a node must have been away, so that one which is only made late keeps its pods.</summary>
    private static readonly TimeSpan Quarantine = TimeSpan.FromSeconds(40);

    private readonly Dictionary<ObjectKey, DateTimeOffset> _since = [];

    public IEnumerable<ObjectKey> Concerned(StoreEvent change) => change.Resource switch
    {
        "pods" when change.Object.Text("spec", "nodeName").Length > 0 => [ObjectKey.Of(change)],
        "nodes" when change.Change == StoreChange.Deleted => work.Store.Scan("pods").Items
            .Where(pod => pod.Text("spec", "nodeName") == change.Object.Name()).Select(pod => new ObjectKey("pods", pod.Space(), pod.Name())),
        _ => [],
    };

    public TimeSpan? Reconcile(ObjectKey key)
    {
        if (work.Find(key) is not { } pod || pod.Text("spec", "nodeName") is not { Length: > 0 } node || work.Store.Peek("nodes", "", node) is not null)
        {
            _since.Remove(key);
            return null;
        }

        if (!_since.TryGetValue(key, out var since))
        {
            _since[key] = since = work.Now;
        }

        if (since + Quarantine - work.Now is var left && left > TimeSpan.Zero)
        {
            return left;
        }

        _since.Remove(key);
        work.Deletion.Delete("pods", key.Space, key.Name, new DeletionOptions { Uid = pod.Uid(), GraceSeconds = 0 });
        return null;
    }
}
