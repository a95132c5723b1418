using Crater.Cli.Chaos.Log;
using Crater.Cli.Chaos.Notifications;
using Crater.Cli.Chaos.Syntax;
using Crater.Cli.Composition;
using Crater.Cli.Terminal;
using Crater.Diagnostics;
using Crater.Documents;
using Crater.Experiments;
using Crater.Journals;
using Crater.Runs;

namespace Crater.Cli.Chaos;

/// <summary><c>chaos run SOURCE</c>.</summary>
internal sealed class ChaosRun(ChaosArguments options, ChaosSession session)
{
    private readonly Surroundings _surroundings = session.Surroundings;

    public async Task<int> RunAsync()
    {
        await using var notifier = session.Notifier();
        using var abort = new AbortSignal();
        using var signals = new ChaosSignals(abort, session.Log);
        await using var opener = ChaosDocument.Open(options, session);
        try
        {
            if (await ReadAsync(opener, notifier, abort.Token) is { } experiment)
            {
                return await PlayAsync(experiment, opener, notifier, abort);
            }
        }
        catch (OperationCanceledException) when (abort.Token.IsCancellationRequested)
        {
            session.Log.Warning("Nothing has been run.", "run");
        }

        return ChaosSession.Failed;
    }

    /// <returns>Null when the document cannot be run; the log says why.</returns>
    private async Task<Experiment?> ReadAsync(DocumentOpener opener, Notifier notifier, CancellationToken abort)
    {
        ChaosDocument.Say(opener.FileProblems, session);
        var document = await opener.LoadAsync(abort);
        if (document.Root is null)
        {
            ChaosDocument.Say(document.Problems, session);
            return null;
        }

        notifier.Tell(new Notice("run-started", "run", ChaosDocument.Shown(document)));
        return !options.Has("--no-validation") && !IsValid(document, opener) ? null : Said(await opener.ResolveAsync(document, abort));
    }

    // That tool checks a document as it stands, whatever the overrides make of it. Without overrides the reading that follows is the check.
    private bool IsValid(Document document, DocumentOpener opener)
    {
        session.Log.Info("Validating the experiment's syntax", "experiment");
        IReadOnlyList<Problem> errors = opener.HasOverrides ? opener.ErrorsAlone(document) : [];
        ChaosDocument.Say(errors, session);
        return errors.Count == 0;
    }

    private Experiment? Said(ExperimentReading reading)
    {
        ChaosDocument.Say(reading.Problems, session);
        if (reading.Experiment is { } experiment)
        {
            session.Log.Mask = experiment.Secrets.Mask;
            if (!options.Has("--no-validation"))
            {
                session.Log.Info("Experiment looks valid", "experiment");
            }
        }

        return reading.Experiment;
    }

    private async Task<int> PlayAsync(Experiment experiment, DocumentOpener opener, Notifier notifier, AbortSignal abort)
    {
        var manner = ChaosManner.Of(options, experiment, session.Settings);
        manner = manner with { JournalPath = _surroundings.Path(manner.JournalPath) };
        using var bench = DocumentNeeds.Cluster(experiment, experiment.Load is not null) ? await OpenBenchAsync(abort.Token) : null;
        var folders = new RunFolders(ChaosRunFolders.Root(_surroundings), _surroundings.Clock);
        var control = new ControlPlane(bench?.World ?? EmptyWorld.World, folders, _surroundings.Clock, RunDesk.Who(_surroundings));
        await FinishDeadRunsAsync(bench, control, folders, abort.Token);
        var plan = await control.PlanAsync(experiment, Chance.Seed(), abort.Token);
        var log = new RunLog(session.Log, experiment, manner, plan);
        log.Begin();
        var controls = opener.ControlsOf(experiment, manner);
        using var ending = controls as IDisposable;
        var wishes = new RunWishes
        {
            Manner = manner,
            Controls = controls,
            Python = opener.Python,
            Topology = bench is null ? null : await control.DiscoverAsync(abort.Token),
            Version = RunDesk.Version,
            Against = bench?.Name ?? "",
            Progress = log,
        };
        var outcome = await control.RunAsync(plan, experiment, wishes, abort);
        return Ended(outcome, folders.Folder(outcome.Run), log, notifier);
    }

    // Before planning: what a dead run still claims would keep this one from its targets. A plain document needs no cluster, and goes on when there is none.
    private async Task FinishDeadRunsAsync(ClusterBench? bench, ControlPlane control, RunFolders folders, CancellationToken abort)
    {
        void Note(string line) => session.Log.Warning(line, "run");
        if (bench is not null)
        {
            await RunDesk.FinishOpenRunsAsync(control, Note);
        }
        else if (DeadRuns.WithInjections(folders) is { Count: > 0 } dead)
        {
            try
            {
                using var opened = await OpenBenchAsync(abort);
                await RunDesk.FinishOpenRunsAsync(new ControlPlane(opened.World, folders, _surroundings.Clock, RunDesk.Who(_surroundings)), Note);
            }
            catch (CraterException error)
            {
                Note($"CRT1242 {string.Join(", ", dead)} died with an injection in place, and could not be recovered now: {error.Code} {error.Message} Run 'craterctl recover' where the cluster can be reached.");
            }
        }
    }

    private async Task<ClusterBench> OpenBenchAsync(CancellationToken abort) => await ClusterBench.OpenAsync(
        new BenchOptions { Stack = Discovery.StackFile.Find(null, _surroundings.WorkingDirectory) }, _surroundings, Output(), abort);

    private Output Output() => new(_surroundings, json: false, verbose: false);

    private int Ended(RunOutcome outcome, RunFolder folder, RunLog log, Notifier notifier)
    {
        log.End(outcome.Toolkit);
        RunDesk.ShoutResidue(outcome, Output());
        Tell(outcome.Toolkit, folder, notifier);
        return outcome.IsClean && outcome.JournalFailure.Length == 0 ? outcome.Toolkit.ExitCode : ChaosSession.Failed;
    }

    private static void Tell(ToolkitOutcome outcome, RunFolder folder, Notifier notifier)
    {
        if (!notifier.HasChannels)
        {
            return;
        }

        var journal = System.Text.Json.Nodes.JsonNode.Parse(File.ReadAllText(folder.PathOf(RunFolder.ToolkitJournalFile)));
        notifier.Tell(new Notice(outcome.Status == ToolkitOutcome.Completed ? "run-completed" : "run-failed", "run", journal));
        if (outcome.Deviated)
        {
            notifier.Tell(new Notice("run-deviated", "run", journal));
        }
    }
}
