using Crater.Cli.Chaos.Log;
using Crater.Cli.Chaos.Syntax;
using Crater.Cli.Composition;
using Crater.Cli.Terminal;
using Crater.Experiments;
using Crater.Journals;
using Crater.Runs;

namespace Crater.Cli.Chaos;

/// <summary><c>chaos run SOURCE</c>.</summary>
internal static class ChaosRun
{
    public static async Task<int> RunAsync(ChaosArguments options, ChaosSession session)
    {
        var surroundings = session.Surroundings;
        var reading = ExperimentReader.ReadFile(surroundings.Path(options.Values[0]), new ReadOptions
        {
            Variables = VariableText.All(options.Texts("--var")),
            Environment = surroundings.Environment,
        });
        foreach (var problem in reading.Problems.Where(problem => problem.IsWarning))
        {
            session.Log.Warning(problem.ToString(), "experiment");
        }

        var experiment = reading.OrThrow($"The experiment {options.Values[0]}");
        session.Log.Mask = experiment.Secrets.Mask;
        using var abort = new AbortSignal();
        using var signals = new ChaosSignals(abort, session.Log);
        using var bench = DocumentNeeds.Cluster(experiment, experiment.Load is not null) ? await OpenBenchAsync(session, abort.Token) : null;
        var folders = new RunFolders(ChaosRunFolders.Root(surroundings), surroundings.Clock);
        var control = new ControlPlane(bench?.World ?? EmptyWorld.World, folders, surroundings.Clock, RunDesk.Who(surroundings));
        var seed = System.Security.Cryptography.RandomNumberGenerator.GetInt32(int.MaxValue);
        var plan = await control.PlanAsync(experiment, seed, abort.Token);
        var manner = ChaosManner.Of(options, experiment);
        var log = new RunLog(session.Log, experiment, manner);
        log.Begin();
        var wishes = new RunWishes
        {
            Manner = manner,
            Topology = bench is null ? null : await control.DiscoverAsync(abort.Token),
            Version = RunDesk.Version,
            Against = bench?.Name ?? "",
            Progress = log,
        };
        var outcome = await control.RunAsync(plan, experiment, wishes, abort);
        return Ended(outcome, folders, session);
    }

    private static async Task<ClusterBench> OpenBenchAsync(ChaosSession session, CancellationToken abort)
    {
        var surroundings = session.Surroundings;
        var options = new BenchOptions { Stack = Discovery.StackFile.Find(null, surroundings.WorkingDirectory) };
        return await ClusterBench.OpenAsync(options, surroundings, new Output(surroundings, json: false, verbose: false), abort);
    }

    private static int Ended(RunOutcome outcome, RunFolders folders, ChaosSession session)
    {
        RunDesk.ShoutResidue(outcome, new Output(session.Surroundings, json: false, verbose: false));
        using var stream = File.OpenRead(folders.Folder(outcome.Run).PathOf(RunFolder.ToolkitJournalFile));
        using var journal = System.Text.Json.JsonDocument.Parse(stream);
        var toolkit = new ToolkitOutcome(journal.RootElement.GetProperty("status").GetString()!, journal.RootElement.GetProperty("deviated").GetBoolean());
        session.Log.Info($"Experiment ended with status: {(toolkit.Deviated ? "deviated" : toolkit.Status)}", "run");
        return toolkit.ExitCode;
    }
}
