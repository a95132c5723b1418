using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Crater.Diagnostics;
using Crater.Experiments;
using Crater.Journals;

namespace Crater.Runs;

/// <summary>
/// Goes on with a run whose process died: takes it over, recovers what was left in place, then plays the document's rollbacks or the rest of its method, and
/// closes it with its journal.
/// </summary>
public sealed class RunResume(RunFolders folders, TimeProvider clock)
{
    private const string Method = "method[";

    /// <summary>The document in the run folder, for callers that have no other.</summary>
    /// <exception cref="CraterException">CRT4018: it had secrets written into it, which are masked there.</exception>
    public static string DocumentOf(RunFolder folder)
    {
        var path = new[] { "experiment.yaml", "experiment.json" }.Select(folder.PathOf).FirstOrDefault(File.Exists)
            ?? throw new CraterException("CRT4018", $"Run {folder.Run} has no document in {folder.Path}. Give the file that it was started with.");
        return File.ReadAllText(path).Contains(Secrets.Masked, StringComparison.Ordinal)
            ? throw new CraterException("CRT4018", $"The document of run {folder.Run} has secrets written into it, which are masked in its folder. Give the file that it was started with.")
            : path;
    }

    /// <param name="request">The plan and the manner in it do not count: those of the run do.</param>
    /// <param name="playsAgain">An action that was under way when the process died is played again, too.</param>
    /// <exception cref="CraterException">
    /// CRT4007: its process lives. CRT4016: there is nothing to go on with. CRT4017: a person had asked for its end. CRT4018: it is another document.
    /// </exception>
    public async Task<RunOutcome> RunAsync(RunFolder folder, ResumeChoice choice, bool playsAgain, RunRequest request, AbortSignal abort)
    {
        using var hold = folder.TryHold() ?? throw new CraterException("CRT4007",
            $"Run {folder.Run} is held by another process ({folder.Holder()}), which goes on with it itself. 'craterctl abort {folder.Run}' would end it.");
        using var journal = folder.OpenJournal();
        var events = journal.Read();
        var planned = Check(folder, choice, events, request.Experiment);
        var point = ResumePoint.Of(request.Experiment, events, choice, playsAgain);
        var manner = RunManner.Of(planned) with { Rollbacks = choice == ResumeChoice.Rollbacks ? RollbackStrategy.Always : planned.Rollbacks };
        ToolkitJournalFile.Check(manner.JournalPath);
        await TakeOverAsync(journal, planned, point, request);
        using var over = new CancellationTokenSource();
        var listening = RunConductor.ListenAsync(folder, abort, clock, over.Token);
        try
        {
            var seams = new RunConductor(folders, clock).SeamsOf(request with { Manner = manner }, journal, folder);
            using var runner = new GuardedRunner(seams, PlanOf(planned, point), request.Experiment, abort, point);
            return await runner.RunAsync();
        }
        finally
        {
            over.Cancel();
            await listening;
        }
    }

    private static RunPlanned Check(RunFolder folder, ResumeChoice choice, IReadOnlyList<JournalEvent> events, Experiment experiment)
    {
        var state = RunState.Of(events);
        if (state.Plan is not { } planned || state.IsClosed || state.Verdict is not null)
        {
            throw new CraterException("CRT4016", state.Plan is null ? $"Run {folder.Run} had not begun, so there is nothing to go on with. Start it anew."
                : $"Run {folder.Run} has come to its end{(state.IsClosed ? "" : ", but left something in place: 'craterctl recover " + folder.Run + "' tries again")}. Start a new run.");
        }

        if (choice == ResumeChoice.Continue && events.OfType<AbortRequested>().FirstOrDefault() is { } wish)
        {
            throw new CraterException("CRT4017", $"{wish.By} had asked for the end of run {folder.Run} ({wish.Reason}), so its method is not gone on with. Its rollbacks can be played.");
        }

        var file = $"experiment.{experiment.SourceFormat}";
        var hash = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(experiment.Secrets.Mask(experiment.Source))));
        if (planned.Files.TryGetValue(file, out var begun) ? begun != hash : planned.Files.Count > 0)
        {
            throw new CraterException("CRT4018", $"Run {folder.Run} was started with another document (its {file} has the SHA-256 {begun ?? "of nothing"}, this one {hash}). "
                + "Give the file as it was then, or leave it out to take the one in the run folder.");
        }

        return planned;
    }

    // What the dead process left in place comes off first, whatever is chosen. What cannot be proven clean keeps the method from going on.
    private async Task TakeOverAsync(IJournal journal, RunPlanned planned, ResumePoint point, RunRequest request)
    {
        using var record = new RunRecord(journal, request.Progress);
        record.Append(new RunTakenOver(request.StartedBy));
        var residue = await new Recovery(record, request.Drivers, clock).RecoverAsync(record.State.Outstanding.Values);
        if (record.State.Claims.Count > 0)
        {
            await new ClaimSet(planned.Injections, request.Claims, record, clock).ReleaseLeftAsync();
        }

        if (residue.Count > 0)
        {
            throw new CraterException("CRT4019",
                $"{residue[0].Injection.Fault.Name} on {residue[0].Injection.Target.Id} is still there ({residue[0].Reason}), so run {planned.Run} is not gone on with. "
                + $"'{residue[0].InspectWith}' tries again.");
        }

        record.Append(new RunResumed(point.Choice == ResumeChoice.Continue ? RunResumed.Continue : RunResumed.Rollbacks, point.From, point.Cut));
    }

    // The targets that were drawn then, for the faults that have not had their turn.
    private static Plan PlanOf(RunPlanned planned, ResumePoint point) => new()
    {
        Run = planned.Run,
        Title = planned.Title,
        Seed = planned.Seed,
        Duration = TimeSpan.Zero,
        Faults = point.From.Length == 0 ? [] :
        [
            .. from injection in planned.Injections
               where injection.Place.StartsWith(Method, StringComparison.Ordinal) && !point.HasBegun(injection.Place)
               group injection by injection.Place into fault
               let index = int.Parse(fault.Key.AsSpan(Method.Length, fault.Key.Length - Method.Length - 1), CultureInfo.InvariantCulture)
               select new PlannedFault(index, fault.First().Activity, Background: false, fault.Count(), [.. fault]),
        ],
    };
}
