namespace Crater.Lab.Nodes;

/// <summary>Repeats one probe at its period and tells when its thresholds are passed.</summary>
internal sealed class ProbeLoop(ProbeSpec probe, TimeProvider clock)
{
    /// <param name="ask">Empty when the container answered well; else why not.</param>
    /// <param name="turned">Called when the answer has turned: true after successThreshold good ones, false after failureThreshold bad ones, with the last reason.</param>
    /// <param name="failed">Called for each single failure.</param>
    public async Task RunAsync(Func<CancellationToken, Task<string>> ask, Func<bool, string, bool> turned, Action<string> failed, CancellationToken stop)
    {
        var (good, bad) = (0, 0);
        await Task.Delay(probe.InitialDelay, clock, stop).ConfigureAwait(false);
        while (!stop.IsCancellationRequested)
        {
            var problem = await ask(stop).ConfigureAwait(false);
            stop.ThrowIfCancellationRequested();
            (good, bad) = problem.Length == 0 ? (good + 1, 0) : (0, bad + 1);
            if (problem.Length > 0)
            {
                failed(problem);
            }

            var isOver = (good == probe.SuccessThreshold && turned(true, "")) || (bad == probe.FailureThreshold && turned(false, problem));
            if (isOver)
            {
                return;
            }

            await Task.Delay(probe.Period, clock, stop).ConfigureAwait(false);
        }
    }
}
