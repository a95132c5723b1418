using Shop.Calls;

namespace Shop.Hosting;

/// <summary>What a role is given to work with: its routes, its settings, its metrics, its calls to others.</summary>
internal sealed class RoleHost(string role, Settings settings, Log log, TimeProvider clock) : IDisposable
{
    private readonly List<Downstream> _calls = [];
    private readonly List<Func<CancellationToken, Task>> _background = [];

    public string Role { get; } = role;

    public Settings Settings { get; } = settings;

    public Log Log { get; } = log;

    public TimeProvider Clock { get; } = clock;

    public Router Routes { get; } = new();

    public Metrics Metrics { get; } = new();

    /// <summary>Chance for jitter; the seed is the process id, which the start line of the log names.</summary>
    public Random Chance { get; } = new(Environment.ProcessId);

    /// <summary>May traffic come? Asked by <c>/ready</c>. Null, or a reason why not.</summary>
    public Func<string?> NotReadyBecause { get; set; } = () => null;

    /// <summary>Does what this role needs work? Asked only by <c>/healthz/dependencies</c>. Null, or a reason why not.</summary>
    public Func<CancellationToken, Task<string?>> BrokenBecause { get; set; } = _ => Task.FromResult<string?>(null);

    /// <summary>Does this role call others at all?</summary>
    public bool Calls => _calls.Count > 0;

    /// <summary>Another service, addressed by <c>NAME_URL</c> unless <paramref name="url"/> says where.</summary>
    public Downstream Call(string name, string? url = null)
    {
        var call = new Downstream(name, this, url);
        _calls.Add(call);
        return call;
    }

    /// <summary>Work beside the requests; it ends when its token is cancelled, after the last request was answered.</summary>
    public void Beside(Func<CancellationToken, Task> work) => _background.Add(work);

    public Task StartBackground(CancellationToken stop) => Task.WhenAll(_background.Select(work => RunAsync(work, stop)));

    private async Task RunAsync(Func<CancellationToken, Task> work, CancellationToken stop)
    {
        await Task.Yield();
        try
        {
            await work(stop);
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // The normal end of background work.
        }
        catch (Exception e)     // a role without its background work is broken: say so and let the liveness probe's owner restart it
        {
            Log.Write("error", "background work ended", ("reason", e.ToString()));
            Environment.Exit(1);
        }
    }

    public void Dispose() => _calls.ForEach(call => call.Dispose());
}
