using System.Runtime.InteropServices;
using Crater.Cli.Chaos.Log;
using Crater.Runs;

namespace Crater.Cli.Chaos;

/// <summary>
/// The signals that end a run before its time. All of them interrupt it wherever it is; SIGUSR2 waits for nothing of the document's own and rolls nothing of it
/// back. What Crater itself injected is recovered whatever the signal was.
/// </summary>
internal sealed class ChaosSignals : IDisposable
{
    private readonly List<PosixSignalRegistration> _registrations = [];

    public ChaosSignals(AbortSignal abort, ChaosLog log)
    {
        var isMac = OperatingSystem.IsMacOS();
        On(PosixSignal.SIGINT, "SIGINT", () => log.Warning("Received a termination signal (Ctrl-C)...", "run"));
        On(PosixSignal.SIGTERM, "SIGTERM", () => log.Warning("Caught SIGTERM signal, interrupting experiment now", "exit"));
        On(PosixSignal.SIGHUP, "SIGHUP", () => log.Warning("The terminal was closed, interrupting experiment now", "exit"));
        if (!OperatingSystem.IsWindows())
        {
            On((PosixSignal)(isMac ? 30 : 10), "SIGUSR1", () => log.Warning("Received the exit signal: 20", "run"));
            On((PosixSignal)(isMac ? 31 : 12), "SIGUSR2", () =>
            {
                log.Warning("Received the exit signal: 30", "run");
                log.Warning("Ignoring rollbacks as per signal", "run");
            });
        }

        void On(PosixSignal signal, string name, Action say) => _registrations.Add(PosixSignalRegistration.Create(signal, context =>
        {
            context.Cancel = true;
            if (!abort.Token.IsCancellationRequested)
            {
                say();
            }

            abort.Request(name, $"{name} signal received", isUngraceful: name == "SIGUSR2");
        }));
    }

    public void Dispose() => _registrations.ForEach(registration => registration.Dispose());
}
