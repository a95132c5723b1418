using System.Runtime.InteropServices;

namespace Crater.Cli.Terminal;

/// <summary>
/// Ctrl-C, SIGTERM and a closed terminal all mean the same: abort and put everything back. None of them ends the process by itself, and a second
/// one changes nothing, because recovery is never cancelled.
/// </summary>
internal sealed class StopSignals : IDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private readonly List<PosixSignalRegistration> _registrations = [];

    public StopSignals(Output output)
    {
        foreach (var (signal, reason) in new[] { (PosixSignal.SIGINT, "Ctrl-C"), (PosixSignal.SIGTERM, "SIGTERM"), (PosixSignal.SIGHUP, "a closed terminal"), (PosixSignal.SIGQUIT, "SIGQUIT") })
        {
            _registrations.Add(PosixSignalRegistration.Create(signal, context =>
            {
                context.Cancel = true;
                if (_stop.IsCancellationRequested)
                {
                    output.Note($"{reason} again: already stopping; recovery is never cut short.");
                    return;
                }

                Reason = reason;
                _stop.Cancel();
            }));
        }
    }

    public CancellationToken Stop => _stop.Token;

    /// <summary>What asked to stop; empty when nothing did.</summary>
    public string Reason { get; private set; } = "";

    public void Dispose()
    {
        _registrations.ForEach(registration => registration.Dispose());
        _stop.Dispose();
    }
}
