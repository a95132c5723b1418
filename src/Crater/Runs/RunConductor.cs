using System.Runtime.InteropServices;
using Crater.Diagnostics;
using Crater.Drivers;
using Crater.Experiments;
using Crater.Journals;
using Crater.Measurements;
using Crater.Runs.Activities;
using Crater.Runs.Controls;

namespace Crater.Runs;

/// <summary>Everything that one run needs from whoever starts it.</summary>
public sealed record RunRequest
{
    public required Plan Plan { get; init; }

    public required Experiment Experiment { get; init; }

    public required IReadOnlyList<IDriver> Drivers { get; init; }

    public required IClaims Claims { get; init; }

    public required IActivities Activities { get; init; }

    /// <inheritdoc cref="RunSeams.Judge"/>
    public required Func<Activity, ActivityResult, ActivityContext, CancellationToken, Task<bool?>> Judge { get; init; }

    public IReadOnlyList<IMetricSource> Sources { get; init; } = [];

    /// <inheritdoc cref="RunSeams.Manner"/>
    public RunManner Manner { get; init; } = new();

    public IControls Controls { get; init; } = NoControls.Instance;

    /// <summary>topology.json as it was when the run was planned; empty for none.</summary>
    public string Topology { get; init; } = "";

    /// <summary>user@host.</summary>
    public string StartedBy { get; init; } = "";

    /// <summary>craterctl's version.</summary>
    public string Version { get; init; } = "";

    /// <summary>The kubeconfig context or other place that it runs against.</summary>
    public string Against { get; init; } = "";

    public IProgress<JournalEvent>? Progress { get; init; }

    /// <summary>Called when the verdict is there and before the run is closed: writes what belongs to the run beside journal.json, and names those files.</summary>
    public Func<RunFolder, IReadOnlyList<JournalEvent>, Task<IReadOnlyList<string>>>? WriteFiles { get; init; }
}

/// <summary>Takes a plan through the kernel: makes and holds the run folder, listens for an abort from other processes, keeps the record.</summary>
public sealed class RunConductor(RunFolders folders, TimeProvider clock)
{
    /// <exception cref="CraterException">CRT3xxx: the plan has errors. CRT4001, CRT4004 or CRT4015: nothing could be written, so nothing was begun.</exception>
    public async Task<RunOutcome> RunAsync(RunRequest request, AbortSignal abort)
    {
        var plan = request.Plan;
        if (!plan.MayRun)
        {
            throw CraterException.For($"The plan of '{plan.Title}'", [.. plan.Problems.Where(problem => !problem.IsWarning)]);
        }

        ToolkitJournalFile.Check(request.Manner.JournalPath);
        var folder = folders.Create(plan.Run, isSynced: plan.Injections.Count > 0);
        using var hold = folder.TryHold() ?? throw new CraterException("CRT4007", $"Run {plan.Run} is held by another process ({folder.Holder()}). Start a new run.");
        using var journal = folder.OpenJournal();
        journal.Append(plan.Begin(WriteInputs(folder, request), request.StartedBy, request.Version, request.Against, request.Manner));
        using var over = new CancellationTokenSource();
        var listening = ListenAsync(folder, abort, clock, over.Token);
        try
        {
            using var runner = new GuardedRunner(SeamsOf(request, journal, folder), plan, request.Experiment, abort);
            return await runner.RunAsync();
        }
        finally
        {
            over.Cancel();
            await listening;
        }
    }

    private static Dictionary<string, string> WriteInputs(RunFolder folder, RunRequest request)
    {
        var document = $"experiment.{request.Experiment.SourceFormat}";
        var files = new Dictionary<string, string> { [document] = folder.Write(document, request.Experiment.Source) };
        if (request.Topology.Length > 0)
        {
            files[RunFolder.TopologyFile] = folder.Write(RunFolder.TopologyFile, request.Topology);
        }

        return files;
    }

    internal RunSeams SeamsOf(RunRequest request, IJournal journal, RunFolder folder) => new()
    {
        Journal = journal,
        Drivers = request.Drivers,
        Claims = request.Claims,
        Activities = request.Activities,
        Judge = request.Judge,
        Sources = request.Sources,
        Manner = request.Manner,
        Controls = request.Controls,
        Clock = clock,
        Progress = request.Progress,
        SealFiles = async events => Seal(folder, request.Manner, request.Experiment, events, request.WriteFiles is { } write ? await write(folder, events) : []),
    };

    /// <summary>Writes journal.json, and gives the SHA-256 of what belongs to the run.</summary>
    internal static IReadOnlyDictionary<string, string> Seal(
        RunFolder folder, RunManner manner, Experiment experiment, IReadOnlyList<JournalEvent> events, IEnumerable<string> files)
    {
        ToolkitJournalFile.Write(folder, manner.JournalPath, experiment, events, RuntimeInformation.OSDescription);
        return folder.Hashes([.. files, RunFolder.MetricsFile, RunFolder.ToolkitJournalFile]);
    }

    // Another process asks by a file in the run folder: it works without signals, without rights over our process and on every system.
    internal static async Task ListenAsync(RunFolder folder, AbortSignal abort, TimeProvider clock, CancellationToken over)
    {
        try
        {
            while (!abort.Token.IsCancellationRequested && !over.IsCancellationRequested)
            {
                if (folder.AbortRequest() is { } request)
                {
                    abort.Request(request.By, request.Reason);
                }

                // Without an exception at its end: the first one that a process throws is the time of ten activities.
                await Task.Delay(Limits.AbortLookEvery, clock, over).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
            }
        }
        catch (IOException e)
        {
            abort.Request("craterctl", $"The run folder could not be read any more, so nobody could abort the run: {e.Message}");
        }
    }
}
