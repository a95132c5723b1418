namespace Crater.Runs;

/// <summary>A person's (or the operating system's) wish to end the run now. Ends the fault, never its recovery.</summary>
public sealed class AbortSignal : IDisposable
{
    private readonly Lock _gate = new();
    private readonly CancellationTokenSource _source = new();

    public CancellationToken Token => _source.Token;

    /// <summary>user@host or the signal's name; empty before it was asked for.</summary>
    public string By { get; private set; } = "";

    public string Reason { get; private set; } = "";

    /// <summary>Nothing of the document's own is waited for or rolled back any more. What Crater injected is recovered all the same.</summary>
    public bool IsUngraceful { get; private set; }

    /// <summary>The first request counts; later ones change nothing.</summary>
    public void Request(string by, string reason, bool isUngraceful = false)
    {
        lock (_gate)
        {
            if (By.Length > 0)
            {
                return;
            }

            (By, Reason, IsUngraceful) = (by, reason, isUngraceful);
        }

        _source.Cancel();
    }

    public void Dispose() => _source.Dispose();
}
