using Crater.Drivers;

namespace Crater.Kubernetes.Drivers;

/// <summary>
/// Waits a moment for a workload that is still coming back from something else, so that "as it was" is its rest and not its
/// recovery. One that does not settle is taken as it is: a workload that is always short of a pod can be an experiment's target too.
/// </summary>
internal static class Settled
{
    /// <summary>Most pods of a healthy application are ready again by then; a plan should not hang longer.</summary>
    private static readonly TimeSpan WaitMax = TimeSpan.FromSeconds(10);

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(500);

    public static async Task<Fingerprint> WaitAsync(TimeProvider clock, Func<Task<(Fingerprint Text, bool IsSettled)>> read, CancellationToken abort)
    {
        var began = clock.GetTimestamp();
        while (true)
        {
            var (text, isSettled) = await read();
            if (isSettled || clock.GetElapsedTime(began) >= WaitMax)
            {
                return text;
            }

            await Task.Delay(Pause, clock, abort);
        }
    }
}
