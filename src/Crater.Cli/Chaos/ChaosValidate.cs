using Crater.Cli.Chaos.Notifications;
using Crater.Cli.Chaos.Syntax;
using Crater.Diagnostics;

namespace Crater.Cli.Chaos;

/// <summary><c>chaos validate SOURCE</c>: every problem, not the first alone.</summary>
internal static class ChaosValidate
{
    public static async Task<int> RunAsync(ChaosArguments options, ChaosSession session)
    {
        await using var notifier = session.Notifier();
        await using var opener = ChaosDocument.Open(options, session);
        var document = await opener.LoadAsync(CancellationToken.None);
        if (document.Root is null)
        {
            ChaosDocument.Say(document.Problems, session);
            return ChaosSession.Failed;
        }

        var shown = ChaosDocument.Shown(document);
        notifier.Tell(new Notice("validate-started", "validate", shown));
        session.Log.Info("Validating the experiment's syntax", "experiment");
        var reading = opener.Check(document);
        ChaosDocument.Say(reading.Problems, session);
        if (reading.Experiment is null)
        {
            notifier.Tell(new Notice("validate-failed", "validate", shown) { Error = ("InvalidExperiment", reading.Errors.First().ToString()) });
            return ChaosSession.Failed;
        }

        session.Log.Info("Experiment looks valid", "experiment");
        notifier.Tell(new Notice("validate-completed", "validate", shown));
        session.Log.Info("experiment syntax and semantic look valid", "validate");
        return 0;
    }
}
