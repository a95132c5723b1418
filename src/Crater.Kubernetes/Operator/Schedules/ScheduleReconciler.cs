using System.Globalization;
using System.Text.Json.Nodes;
using Crater.Diagnostics;
using Crater.Kubernetes.Client;
using Crater.Kubernetes.Operator.Experiments;
using Crater.Kubernetes.Operator.Workflows;

namespace Crater.Kubernetes.Operator.Schedules;

/// <summary>
/// Makes an Experiment or a Workflow whenever a Schedule's time has come. What is made for a time has that time in its name, so that it is made once, however often an
/// operator dies in between; everything else stands in the status.
/// </summary>
/// <param name="home">The operator's own namespace.</param>
internal sealed class ScheduleReconciler(KubernetesClient client, Family family, EventDesk events, Leadership leadership, string home) : IReconciler
{
    private static readonly TimeSpan ReplacePause = TimeSpan.FromSeconds(1);

    private readonly ObjectWriter _writer = new(client);

    public Resource Resource => CraterKinds.Schedules;

    public void Forget(JsonObject gone)
    {
        // What it made goes with it, by the owner that stands there.
    }

    public async Task<TimeSpan?> ReconcileAsync(JsonObject found, CancellationToken stop)
    {
        var view = new ScheduleView(found);
        if (found.IsTerminating())
        {
            return null;
        }

        if (FlowExam.OfSchedule(view, home) is { Count: > 0 } problems)
        {
            await RefuseAsync(found, problems, stop);
            return null;
        }

        var now = await client.ServerNowAsync(stop);
        var children = family.Of(found);
        var times = DueTimes.Of(view.Cron!, view.Zone!, view.Since, now);
        var active = children.Where(child => !Family.IsOver(child)).ToList();
        if (times.Due is { } due && !view.IsSuspended)
        {
            if (await DecideAsync(view, due, times.Missed, active, now, stop) is { } again)
            {
                return again;
            }
        }
        else
        {
            await SayAsync(found, status => Standing(status, active, times.Next), stop);
        }

        // Only now: one that was trimmed before its time was written down would be made for that time once more.
        await TrimAsync(view, children, stop);
        return times.Next - now;
    }

    /// <returns>When to look again before the time is decided on; null when it is.</returns>
    private async Task<TimeSpan?> DecideAsync(ScheduleView view, DateTimeOffset due, int missed, List<JsonObject> active, DateTimeOffset now, CancellationToken stop)
    {
        leadership.Demand();
        var late = now - due > view.StartingDeadline;
        var skips = late || (active.Count > 0 && view.Policy == "Forbid");
        if (!skips && active.Count > 0 && view.Policy == "Replace")
        {
            // The next one begins when the one before is off and gone, never beside it.
            foreach (var child in active.Where(child => !child.IsTerminating()))
            {
                await family.DeleteAsync(child, stop);
            }

            return ReplacePause;
        }

        var made = skips ? "" : await MakeAsync(view, due, stop);
        await SayAsync(view.Object, status =>
        {
            status["lastScheduleTime"] = ExperimentStatus.Text(due);
            status["missed"] = (view.Object.Integer("status", "missed") ?? 0) + missed + (skips ? 1 : 0);
            if (made.Length > 0)
            {
                status["lastMade"] = made;
            }

            Standing(status, active, view.Cron!.Next(now, view.Zone!));
        }, stop);
        if (skips || missed > 0)
        {
            await events.TellAsync(view.Object, "Warning", "Missed", late ? $"{due:u} was missed by more than {view.StartingDeadline}." : skips ? $"{due:u} was left out: {active[0].Name()} is still under way." : $"{missed} times were missed.", stop);
        }

        return null;
    }

    private async Task<string> MakeAsync(ScheduleView view, DateTimeOffset due, CancellationToken stop)
    {
        var (resource, spec) = view.Made!.Value;
        var name = Family.ChildName(view.Object.Name(), (due.ToUnixTimeSeconds() / 60).ToString(CultureInfo.InvariantCulture));
        await family.MakeAsync(resource, view.Object, name, spec, stop);
        return name;
    }

    private async Task TrimAsync(ScheduleView view, IReadOnlyList<JsonObject> children, CancellationToken stop)
    {
        var over = children.Where(child => Family.IsOver(child) && !child.IsTerminating()).OrderByDescending(child => child.Text("metadata", "creationTimestamp"), StringComparer.Ordinal).ToList();
        var successful = over.Where(child => child.Text("status", "phase") is "Completed" or "Succeeded").Skip(Math.Max(0, view.SuccessfulKept));
        // What may still be in place somewhere is not forgotten for the sake of a limit.
        var failed = over.Where(child => child.Text("status", "phase") is not ("Completed" or "Succeeded" or "Quarantined")).Skip(Math.Max(0, view.FailedKept));
        foreach (var child in successful.Concat(failed).ToList())
        {
            await family.DeleteAsync(child, stop);
        }
    }

    private static void Standing(JsonObject status, List<JsonObject> active, DateTimeOffset? next)
    {
        status["active"] = new JsonArray([.. active.Select(child => (JsonNode?)child.Name())]);
        status["nextScheduleTime"] = next is { } time ? ExperimentStatus.Text(time) : null;
        status["problems"] = new JsonArray();
    }

    // Nothing is made until it is changed; who does not read statuses hears of it by an Event, once.
    private async Task RefuseAsync(JsonObject found, IReadOnlyList<Problem> problems, CancellationToken stop)
    {
        var isTold = await SayAsync(found, status =>
        {
            status.Remove("nextScheduleTime");
            status["problems"] = new JsonArray([.. problems.Select(problem => (JsonNode?)new JsonObject
            {
                ["code"] = problem.Code,
                ["path"] = problem.Path,
                ["message"] = problem.Message,
            })]);
        }, stop);
        if (isTold)
        {
            await events.TellAsync(found, "Warning", "Invalid", string.Join("; ", problems), stop);
        }
    }

    /// <returns>Whether that was news.</returns>
    private async Task<bool> SayAsync(JsonObject found, Action<JsonObject> say, CancellationToken stop)
    {
        var status = found.At("status")?.DeepClone() as JsonObject ?? [];
        var before = status.DeepClone();
        say(status);
        if (JsonNode.DeepEquals(status, before))
        {
            return false;
        }

        await _writer.StatusAsync(Resource, found, status, stop);
        return true;
    }
}
