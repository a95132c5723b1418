using Crater.Lab.Api.Admission;
using Crater.Lab.Store;

namespace Crater.Lab.Controllers;

/// <summary>Counts what quotas limit, whenever something of their namespace comes, goes or ends.</summary>
internal sealed class QuotaController(Workbench work) : IController
{
    private const string Resource = "resourcequotas";

    public IEnumerable<ObjectKey> Concerned(StoreEvent change)
    {
        var space = change.Object.Space();
        if (space.Length == 0 || change.Resource == "events")
        {
            return [];
        }

        if (change.Resource == Resource && change.Change != StoreChange.Deleted)
        {
            return [ObjectKey.Of(change)];
        }

        var isCounted = change.Change != StoreChange.Modified || (change.Resource == "pods" && change.Object.IsOver() && change.Previous?.IsOver() == false);
        return isCounted ? work.Store.Scan(Resource, space).Items.Select(quota => new ObjectKey(Resource, space, quota.Name())) : [];
    }

    public TimeSpan? Reconcile(ObjectKey key)
    {
        if (work.Find(key) is { } quota)
        {
            var used = QuotaUsage.Used(work.Store, quota);
            work.Store.Modify(key.Resource, key.Space, key.Name, stored => QuotaUsage.Write(stored, used));
        }

        return null;
    }
}
