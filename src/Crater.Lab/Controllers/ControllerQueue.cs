using Crater.Lab.Store;

namespace Crater.Lab.Controllers;

/// <summary>
/// What the controllers have still to look at. Each object stands in it once, however often it changed, so that a burst of changes costs
/// one look.
/// </summary>
internal sealed class ControllerQueue(IReadOnlyList<IController> controllers, Workbench work)
{
    /// <summary>How long a look that failed waits for its repetition.</summary>
    private static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(1);

    private readonly Queue<(IController Controller, ObjectKey Key)> _ready = [];
    private readonly HashSet<(IController Controller, ObjectKey Key)> _standing = [];
    private readonly Dictionary<(IController Controller, ObjectKey Key), DateTimeOffset> _later = [];

    public bool IsQuiet => _ready.Count == 0;

    public void Take(StoreEvent change)
    {
        foreach (var controller in controllers)
        {
            foreach (var key in controller.Concerned(change))
            {
                Stand((controller, key));
            }
        }
    }

    /// <summary>Looks once at everything that stands in the queue now or has become due.</summary>
    public void Work()
    {
        var now = work.Now;
        foreach (var (one, due) in _later.Where(entry => entry.Value <= now).ToList())
        {
            _later.Remove(one);
            Stand(one);
        }

        for (var left = _ready.Count; left > 0; left--)
        {
            var one = _ready.Dequeue();
            _standing.Remove(one);
            _later.Remove(one);
            if (Look(one) is { } again)
            {
                _later[one] = work.Now + again;
            }
        }
    }

    /// <summary>How long until something is due by time alone; null for nothing.</summary>
    public TimeSpan? UntilDue()
    {
        if (_later.Count == 0)
        {
            return null;
        }

        var wait = _later.Values.Min() - work.Now;
        return wait > TimeSpan.Zero ? wait : TimeSpan.Zero;
    }

    private TimeSpan? Look((IController Controller, ObjectKey Key) one)
    {
        try
        {
            return one.Controller.Reconcile(one.Key);
        }
        catch (Exception refused) when (refused is Api.ApiException or StoreConflictException)
        {
            // The store said no (somebody was faster, the namespace ends): the next look starts from what is there then.
            return RetryAfter;
        }
        catch (Exception broken) when (broken is not OperationCanceledException)
        {
            // One object that a controller cannot digest must not stop the cluster; it is said on the object itself.
            if (work.Find(one.Key) is { } about)
            {
                work.Events.Record(about, "Warning", "ControllerFailed", $"{one.Controller.GetType().Name}: {broken.Message}", "crater-lab");
            }

            return RetryAfter;
        }
    }

    private void Stand((IController Controller, ObjectKey Key) one)
    {
        if (_standing.Add(one))
        {
            _ready.Enqueue(one);
        }
    }
}
