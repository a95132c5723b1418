using System.Collections.Concurrent;
using Crater.Cli.Composition;
using Crater.Diagnostics;
using Crater.Discovery;
using Crater.Experiments;
using Crater.Journals;
using Crater.Models.Safety;
using Crater.Reports;
using Crater.Runs;

namespace Crater.Cli.Mcp;

/// <summary>What the tools of one session work with: the cluster, opened when it is first needed; the run folders; the runs that were started here, which end with the session.</summary>
/// <param name="open">Opens the cluster.</param>
internal sealed class McpDesk(Surroundings surroundings, string experiments, Func<CancellationToken, Task<ClusterBench>> open) : IAsyncDisposable
{
    private readonly SemaphoreSlim _gate = new(1, 1);
    private readonly ConcurrentDictionary<string, (AbortSignal Abort, Task Ending)> _runs = new(StringComparer.Ordinal);
    private ClusterBench? _bench;

    public string WorkingDirectory => surroundings.WorkingDirectory;

    public string ExperimentsFolder => experiments;

    public RunFolders Folders => RunDesk.Folders(surroundings);

    public StartRequests Requests { get; } = new(surroundings.WorkingDirectory, surroundings.Clock);

    /// <summary>The program at the other end, as it calls itself: a text of others.</summary>
    public string Client { get; set; } = "an unnamed client";

    /// <summary>Who acts, for the journal: the person whose session it is, and through what.</summary>
    public string Who => $"{RunDesk.Who(surroundings)} through MCP client {PlainText.Prose(Client, 60)}";

    public async Task<Topology> TopologyAsync(CancellationToken abort) => await (await BenchAsync(abort)).DiscoverAsync(abort);

    public async Task<IReadOnlyList<string>> DriversAsync(CancellationToken abort) => (await BenchAsync(abort)).OwnDrivers;

    public async Task<ControlPlane> ControlAsync(CancellationToken abort) => new((await BenchAsync(abort)).World, Folders, surroundings.Clock, Who);

    public async Task<Plan> PlanAsync(Experiment experiment, CancellationToken abort) => await (await ControlAsync(abort)).PlanAsync(experiment, Chance.Seed(), abort);

    /// <summary>The report as Markdown, made from the run folder now.</summary>
    public string Report(string run) => Redaction.Of(MarkdownReport.Write(RunReport.From(Folders.Resolve(run))));

    /// <summary>Plans and starts; the run goes on beside the session, and is ended with it.</summary>
    /// <returns>The run's id.</returns>
    public async Task<string> StartAsync(Experiment experiment, CancellationToken abort)
    {
        var control = await ControlAsync(abort);
        var plan = await control.PlanAsync(experiment, Chance.Seed(), abort);
        if (!plan.MayRun)
        {
            throw CraterException.For($"The plan of '{plan.Title}'", [.. plan.Problems.Where(problem => !problem.IsWarning)]);
        }

        var signal = new AbortSignal();
        var wishes = new RunWishes { Topology = await control.DiscoverAsync(abort), Version = RunDesk.Version, Against = (await BenchAsync(abort)).Name };
        var running = Task.Run(() => control.RunAsync(plan, experiment, wishes, signal), CancellationToken.None);
        _runs[plan.Run.Value] = (signal, WriteUpAsync(control, running));
        return plan.Run.Value;
    }

    /// <summary>Ends what was started here, and waits until everything is put back.</summary>
    public async ValueTask DisposeAsync()
    {
        foreach (var (abort, _) in _runs.Values)
        {
            abort.Request(Who, "the assistant's session has ended");
        }

        await Task.WhenAll(_runs.Values.Select(run => run.Ending));
        _bench?.Dispose();
        _gate.Dispose();
    }

    private async Task WriteUpAsync(ControlPlane control, Task<RunOutcome> running)
    {
        try
        {
            var outcome = await running;
            surroundings.Error.WriteLine($"{outcome.Run}: {outcome.Verdict.ToString().ToLowerInvariant()}, {(outcome.IsClean ? "everything is as it was" : "RESIDUE LEFT")}");
            control.Report(outcome.Run.Value, copies: null);
        }
        catch (Exception error) when (error is CraterException or IOException or UnauthorizedAccessException)
        {
            surroundings.Error.WriteLine($"error {error.Message}");
        }
    }

    private async Task<ClusterBench> BenchAsync(CancellationToken abort)
    {
        await _gate.WaitAsync(abort);
        try
        {
            return _bench ??= await open(abort);
        }
        finally
        {
            _gate.Release();
        }
    }
}
