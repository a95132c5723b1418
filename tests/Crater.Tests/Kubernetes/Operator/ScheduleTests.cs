using System.Text.Json.Nodes;
using Crater.Kubernetes.Client;
using Crater.Kubernetes.Operator;
using Crater.Kubernetes.Operator.Schedules;
using Xunit;

namespace Crater.Tests.Kubernetes.Operator;

/// <summary>One step of a Schedule after another, with nobody who plays what it makes.</summary>
public sealed class ScheduleTests
{
    private const string Minutely = """{"schedule": "* * * * *", "concurrencyPolicy": "POLICY"}""";

    [Fact]
    public async Task Forbid_leaves_a_time_out_while_the_one_before_is_under_way_and_says_so()
    {
        await using var desk = await OperatorDesk.OpenAsync();
        var schedule = await ScheduledAsync(desk, Minutely.Replace("POLICY", "Forbid", StringComparison.Ordinal), TimeSpan.FromMinutes(3));
        await ChildAsync(desk, schedule, "before", "Running");
        await StepAsync(desk);
        Assert.Equal("before", Assert.Single(desk.All(CraterKinds.Experiments)).Name());
        var status = Status(desk);
        Assert.True(status.Integer("missed") >= 3, status.ToJsonString());
        Assert.Equal(["before"], status.Texts("active"));
        Assert.Contains(desk.Lab.Store.Scan("events").Items, one => one.Text("reason") == "Missed" && one.Text("message").Contains("before is still under way", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Allow_makes_the_next_one_beside_the_one_before()
    {
        await using var desk = await OperatorDesk.OpenAsync();
        var schedule = await ScheduledAsync(desk, Minutely.Replace("POLICY", "Allow", StringComparison.Ordinal), TimeSpan.FromMinutes(1));
        await ChildAsync(desk, schedule, "before", "Running");
        await StepAsync(desk);
        Assert.Equal(2, desk.All(CraterKinds.Experiments).Count);
        Assert.StartsWith("timely-", Status(desk).Text("lastMade"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Replace_ends_the_one_before_and_makes_the_next_when_that_is_gone()
    {
        await using var desk = await OperatorDesk.OpenAsync();
        var schedule = await ScheduledAsync(desk, Minutely.Replace("POLICY", "Replace", StringComparison.Ordinal), TimeSpan.FromMinutes(1));
        await ChildAsync(desk, schedule, "before", "Running", CraterKinds.Finalizer);
        Assert.Equal(TimeSpan.FromSeconds(1), await StepAsync(desk));
        // Its fault is still being taken off: what holds it is the finalizer, and nothing is made beside it.
        Assert.True(Assert.Single(desk.All(CraterKinds.Experiments)).IsTerminating());
        Assert.Equal(TimeSpan.FromSeconds(1), await StepAsync(desk));
        Assert.Single(desk.All(CraterKinds.Experiments));
        await desk.Client.PatchAsync(CraterKinds.Experiments, "shop", "before", PatchForm.Merge, LabApi.Parse("""{"metadata":{"finalizers":null}}"""), null, LabApi.Stop);
        await StepAsync(desk);
        Assert.StartsWith("timely-", Assert.Single(desk.All(CraterKinds.Experiments)).Name(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_time_is_made_once_however_often_it_is_looked_at()
    {
        await using var desk = await OperatorDesk.OpenAsync();
        await ScheduledAsync(desk, """{"schedule": "0 0 1 1 *", "startingDeadline": "20000h", "concurrencyPolicy": "Allow"}""", TimeSpan.FromDays(400));
        var before = desk.Find(CraterKinds.Schedules, "timely")!.DeepClone().AsObject();
        await StepAsync(desk);
        // As after a death between the making and the writing down: the status is the old one again.
        desk.Lab.Store.Modify(CraterKinds.Schedules.QualifiedName, "shop", "timely", found => found["status"] = before["status"]!.DeepClone());
        await StepAsync(desk);
        Assert.Single(desk.All(CraterKinds.Experiments));
    }

    [Fact]
    public async Task A_time_is_made_once_though_what_was_made_is_over_and_none_of_it_is_kept()
    {
        await using var desk = await OperatorDesk.OpenAsync();
        await ScheduledAsync(desk, """{"schedule": "0 0 1 1 *", "startingDeadline": "20000h", "concurrencyPolicy": "Allow", "successfulHistoryLimit": 0}""", TimeSpan.FromDays(400));
        var before = desk.Find(CraterKinds.Schedules, "timely")!.DeepClone().AsObject();
        await StepAsync(desk);
        // The writing down failed again and again, and the Experiment came to its end meanwhile.
        desk.Lab.Store.Modify(CraterKinds.Experiments.QualifiedName, "shop", Assert.Single(desk.All(CraterKinds.Experiments)).Name(), found => found["status"] = new JsonObject { ["phase"] = "Completed" });
        desk.Lab.Store.Modify(CraterKinds.Schedules.QualifiedName, "shop", "timely", found => found["status"] = before["status"]!.DeepClone());
        await StepAsync(desk);
        Assert.Empty(desk.All(CraterKinds.Experiments));
    }

    [Fact]
    public async Task A_time_that_is_later_than_its_starting_deadline_is_missed_and_told()
    {
        await using var desk = await OperatorDesk.OpenAsync();
        await ScheduledAsync(desk, """{"schedule": "0 0 1 1 *", "startingDeadline": "1s"}""", TimeSpan.FromDays(800));
        await StepAsync(desk);
        Assert.Empty(desk.All(CraterKinds.Experiments));
        Assert.InRange(Status(desk).Integer("missed") ?? 0, 2, 3);      // so many years begin in 800 days
        Assert.Contains(desk.Lab.Store.Scan("events").Items, one => one.Text("reason") == "Missed" && one.Text("message").Contains("was missed by more than", StringComparison.Ordinal));
    }

    [Fact]
    public async Task History_is_trimmed_to_its_limits_from_the_oldest_on_and_never_what_may_still_be_in_place()
    {
        await using var desk = await OperatorDesk.OpenAsync();
        var schedule = await ScheduledAsync(desk, """{"schedule": "0 0 1 1 *", "successfulHistoryLimit": 1, "failedHistoryLimit": 2}""", TimeSpan.Zero);
        foreach (var (name, phase) in ((string, string)[])[("a", "Completed"), ("b", "Completed"), ("c", "Failed"), ("d", "Invalid"), ("e", "Aborted"), ("f", "Quarantined"), ("g", "Quarantined"), ("h", "Quarantined"), ("i", "Running")])
        {
            await ChildAsync(desk, schedule, name, phase);
        }

        await StepAsync(desk);
        Assert.Equal(["b", "d", "e", "f", "g", "h", "i"], desk.All(CraterKinds.Experiments).Select(one => one.Name()).Order());
    }

    [Fact]
    public async Task A_schedule_that_cannot_be_read_says_everything_that_is_wrong_and_makes_nothing()
    {
        await using var desk = await OperatorDesk.OpenAsync();
        await ScheduledAsync(desk, """{"schedule": "every day", "timeZone": "Mars/North"}""", TimeSpan.FromMinutes(3));
        Assert.Null(await StepAsync(desk));
        Assert.Equal(["spec.schedule", "spec.timeZone"], Status(desk).Objects("problems").Select(problem => problem.Text("path")));
        Assert.Empty(desk.All(CraterKinds.Experiments));
    }

    /// <summary>A Schedule named timely whose last time was decided on a while ago.</summary>
    internal static async Task<JsonObject> ScheduledAsync(OperatorDesk desk, string spec, TimeSpan ago, string map = "carts")
    {
        var made = LabApi.Parse(spec);
        made["experiment"] = OperatorDesk.Tamper(map, "1s");
        await desk.MakeAsync(CraterKinds.Schedules, "timely", made);
        desk.Lab.Store.Modify(CraterKinds.Schedules.QualifiedName, "shop", "timely",
            // The server's clock, by which times are due, is read to the second and so may be one behind.
            found => found["status"] = new JsonObject { ["lastScheduleTime"] = $"{TimeProvider.System.GetUtcNow() - ago - TimeSpan.FromSeconds(1):yyyy-MM-ddTHH:mm:ssZ}" });
        return desk.Find(CraterKinds.Schedules, "timely")!;
    }

    private static async Task<TimeSpan?> StepAsync(OperatorDesk desk)
    {
        using var leadership = new Leadership(new ElectionTimes { RenewWithin = TimeSpan.FromMinutes(5) }, TimeProvider.System);
        var family = new Family(desk.Client, () => desk.All(CraterKinds.Experiments));
        return await new ScheduleReconciler(desk.Client, family, new EventDesk(desk.Client, new OperatorOptions { Identity = "test" }), leadership, CraterKinds.HomeSpace)
            .ReconcileAsync(await desk.Client.GetAsync(CraterKinds.Schedules, "shop", "timely", LabApi.Stop), LabApi.Stop);
    }

    private static async Task ChildAsync(OperatorDesk desk, JsonObject schedule, string name, string phase, params string[] finalizers)
    {
        var child = await desk.ExperimentAsync(name, "carts", "1s");
        desk.Lab.Store.Modify(CraterKinds.Experiments.QualifiedName, "shop", name, found =>
        {
            found["metadata"]!["ownerReferences"] = new JsonArray(LabApi.Parse($$"""{"apiVersion":"crater.dev/v1alpha1","kind":"Schedule","name":"timely","uid":"{{schedule.Uid()}}","controller":true}"""));
            found["metadata"]!["finalizers"] = new JsonArray([.. finalizers.Select(one => (JsonNode?)one)]);
            found["metadata"]!["creationTimestamp"] = $"2026-01-01T00:00:{(int)(name[0] - 'a'):00}Z";
            found["status"] = new JsonObject { ["phase"] = phase };
        });
        Assert.NotNull(child);
    }

    private static JsonObject Status(OperatorDesk desk) => desk.Find(CraterKinds.Schedules, "timely")!["status"]!.AsObject();
}
