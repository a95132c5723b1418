namespace Crater.Runs;

/// <summary>
/// A person's (or the operating system's) wish to end the run now. Ends the fault, never its recovery. It may be asked for again: the second request no
/// longer waits for what the first one waited for.
/// </summary>
public sealed class AbortSignal : IDisposable
{
    private readonly Lock _gate = new();
    private readonly CancellationTokenSource _first = new();
    private CancellationTokenSource _next;

    public AbortSignal() => _next = _first;

    /// <summary>Cancelled by the first request.</summary>
    public CancellationToken Token => _first.Token;

    /// <summary>Cancelled by the next request, counted from now.</summary>
    public CancellationToken Next
    {
        get
        {
            lock (_gate)
            {
                return _next.Token;
            }
        }
    }

    /// <summary>user@host or the signal's name, of the first request; empty before it was asked for.</summary>
    public string By { get; private set; } = "";

    public string Reason { get; private set; } = "";

    /// <summary>Nothing of the document's own is waited for or rolled back any more. What Crater injected is recovered all the same.</summary>
    public bool IsUngraceful { get; private set; }

    /// <summary>Told of each request, with who asked and why, before the tokens are cancelled.</summary>
    internal event Action<string, string>? Requested;

    public void Request(string by, string reason, bool isUngraceful = false)
    {
        CancellationTokenSource now;
        lock (_gate)
        {
            (By, Reason) = By.Length > 0 ? (By, Reason) : (by, reason);
            IsUngraceful |= isUngraceful;
            (now, _next) = (_next, new CancellationTokenSource());
        }

        try
        {
            Requested?.Invoke(by, reason);
            now.Cancel();
        }
        catch (ObjectDisposedException)
        {
            // A signal comes on a thread of its own, and the run that it ends may be over before that thread goes on.
        }
    }

    public void Dispose()
    {
        _first.Dispose();
        _next.Dispose();
    }
}
