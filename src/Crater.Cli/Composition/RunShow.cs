using System.Text.Json.Nodes;
using Crater.Cli.Terminal;
using Crater.Diagnostics;
using Crater.Experiments;
using Crater.Reports;
using Crater.Runs;
using Crater.Targets;

namespace Crater.Cli.Composition;

/// <summary>Plays one run before a person's (or a script's) eyes, from its heading to the finding and the report's path.</summary>
/// <param name="isPart">It is one of several in the same output, so its JSON is left to the caller.</param>
internal sealed class RunShow(ControlPlane control, Output output, Surroundings surroundings, bool isPart = false)
{
    public Task<RunOutcome> PlayAsync(Plan plan, Experiment experiment, RunWishes wishes, string reports, bool live, CancellationToken stop)
    {
        Head(plan, experiment);
        return ShowAsync(plan.Title, plan.Faults.Count > 0, (wished, abort) => control.RunAsync(plan, experiment, wished, abort), wishes, reports, live, stop);
    }

    /// <summary>Goes on with a run whose process died.</summary>
    public Task<RunOutcome> ResumeAsync(ResumeWish wish, Experiment experiment, RunWishes wishes, string reports, bool live, CancellationToken stop)
    {
        output.Line($"Resuming: {experiment.Title}, {(wish.Choice == ResumeChoice.Continue ? "the rest of its method" : "its rollbacks")}");
        output.Line($"   Run ID: {control.Status(wish.Run).Run}");
        output.Line();
        return ShowAsync(
            experiment.Title, experiment.Method.Any(activity => activity.Provider is FaultProvider),
            (wished, abort) => control.ResumeAsync(wish.Run, wish.Choice, wish.PlaysAgain, experiment, wished, abort), wishes, reports, live, stop);
    }

    private async Task<RunOutcome> ShowAsync(
        string title, bool hasFaults, Func<RunWishes, AbortSignal, Task<RunOutcome>> start, RunWishes wishes, string reports, bool live, CancellationToken stop)
    {
        using var abort = new AbortSignal();
        using var stopping = stop.Register(() => abort.Request(RunDesk.Who(surroundings), "a signal asked craterctl to stop"));
        var view = live ? new LiveRunView(title, surroundings.Clock) : null;
        var outcome = view is null
            ? await start(wishes with { Progress = new PlainRunView(output) }, abort)
            : await view.WatchAsync(start(wishes with { Progress = view, Watch = sources => view.Sources = sources }, abort));
        RunDesk.ShoutResidue(outcome, output);
        Tail(outcome, hasFaults, reports);
        return outcome;
    }

    private void Head(Plan plan, Experiment experiment)
    {
        output.Line($"Executing: {plan.Title}");
        foreach (var fault in plan.Faults)
        {
            output.Line($"   Action: {fault.Injections[0].Fault} on {string.Join(", ", fault.Injections.Select(injection => injection.Target.Id))} for {Durations.Text(fault.Injections[0].Duration)}");
        }

        if (plan.Faults.Count == 0)
        {
            output.Line($"   Method: {experiment.Method.Count} activit{(experiment.Method.Count == 1 ? "y" : "ies")}, {experiment.Rollbacks.Count} rollback{(experiment.Rollbacks.Count == 1 ? "" : "s")}");
        }

        output.Line($"   Guards: {(experiment.Guards.Count == 0 ? "none" : string.Join(" · ", experiment.Guards))}");
        output.Line($"   Run ID: {plan.Run}");
        output.Line();
    }

    private void Tail(RunOutcome outcome, bool hasFaults, string reports)
    {
        var (model, files) = Written(outcome, reports);
        output.Line();
        output.Line($"{outcome.Verdict.ToString().ToUpperInvariant()} — {(!outcome.IsClean ? "RESIDUE LEFT" : hasFaults ? "everything is as it was" : "Crater injected nothing")}");
        foreach (var reason in outcome.Reasons)
        {
            output.Line($"   {reason}");
        }

        if (model is not null)
        {
            output.Line(model.Finding);
            output.Line($"Report: {Path.GetRelativePath(surroundings.WorkingDirectory, files!.CopyPath)}");
        }

        if (!isPart)
        {
            output.Document(Json(outcome, model, files));
        }
    }

    // The run is over and its outcome stands; a report that cannot be written must not hide it.
    private (ReportModel? Model, WrittenReport? Files) Written(RunOutcome outcome, string reports)
    {
        try
        {
            return control.Report(outcome.Run.Value, reports);
        }
        catch (CraterException error)
        {
            output.Note($"error {error.Code}: the report could not be written: {error.Message}");
            return (null, null);
        }
    }

    public static JsonObject Json(RunOutcome outcome, ReportModel? model, WrittenReport? files) => new()
    {
        ["run"] = outcome.Run.Value,
        ["verdict"] = outcome.Verdict.ToString().ToLowerInvariant(),
        ["reasons"] = new JsonArray([.. outcome.Reasons.Select(reason => (JsonNode)reason)]),
        ["clean"] = outcome.IsClean,
        ["residue"] = new JsonArray([.. outcome.Residue.Select(residue => (JsonNode)new JsonObject
        {
            ["injection"] = residue.Injection.Id,
            ["fault"] = residue.Injection.Fault.Name,
            ["target"] = residue.Injection.Target.Id.Value,
            ["reason"] = residue.Reason,
            ["inspectWith"] = residue.InspectWith,
        })]),
        ["finding"] = model?.Finding ?? "",
        ["report"] = files?.CopyPath ?? "",
        ["journalFailure"] = outcome.JournalFailure,
    };
}
