using System.Text.Json.Nodes;
using Crater.Experiments;
using Crater.Journals;
using Xunit;

namespace Crater.Tests.Runs.Documents;

/// <summary><c>retry</c> and <c>until</c>: one entry in the journal, whatever number of attempts it took, and each attempt in the events.</summary>
public sealed class AttemptTests
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    [Fact]
    public void Retry_plays_again_what_failed_until_it_succeeds()
    {
        var run = Patient(activity => activity with { Retry = new Retry(5, Second) });
        run.Answers["ok a"] = Sequence(null, null, 0);

        run.Play();

        Assert.Equal(["ok a", "ok a", "ok a", "ok b"], run.Acts);
        Assert.Equal(["ok a", "ok b"], run.Names("run"));
        Assert.Equal("succeeded", run.Entry("run", 0)["status"]!.GetValue<string>());
        Assert.Equal(["failed", "failed", "succeeded"], run.Memory.Read().OfType<ActivityAttempted>().Select(attempt => attempt.Status));
    }

    [Fact]
    public void Retry_gives_up_after_its_attempts_and_the_activity_has_failed()
    {
        var run = Patient(activity => activity with { Retry = new Retry(3, Second) });
        run.Answers["ok a"] = () => throw Rehearsal.Failing;

        run.Play();

        Assert.Equal(["ok a", "ok a", "ok a", "ok b"], run.Acts);
        Assert.Equal("failed", run.Entry("run", 0)["status"]!.GetValue<string>());
    }

    [Fact]
    public void Until_plays_again_what_is_not_within_its_tolerance_and_waits_in_between()
    {
        var run = Patient(activity => activity with { Until = new Until(new ScalarTolerance(0), TimeSpan.FromSeconds(60), TimeSpan.FromSeconds(10)) });
        run.Answers["ok a"] = Sequence(1, 1, 0);

        run.Play();

        Assert.Equal([false, false, true], run.Memory.Read().OfType<ActivityAttempted>().Select(attempt => attempt.Met));
        Assert.Equal((1, 0), (run.Acts.Count(name => name == "ok b"), run.Entry("run", 0)["output"]!["status"]!.GetValue<int>()));
        Assert.InRange(run.Entry("run", 0)["duration"]!.GetValue<double>(), 20, 21);
    }

    [Fact]
    public void Until_that_is_never_met_fails_the_activity_and_says_what_was_seen_last()
    {
        var run = Patient(activity => activity with { Until = new Until(new ScalarTolerance(0), TimeSpan.FromSeconds(5), Second) });
        run.Answers["ok a"] = () => new JsonObject { ["status"] = 7 };

        run.Play();

        Assert.Equal("failed", run.Entry("run", 0)["status"]!.GetValue<string>());
        Assert.Contains("\"status\":7", run.Entry("run", 0)["exception"]![0]!.GetValue<string>(), StringComparison.Ordinal);
        Assert.Equal(["ok a", "ok b"], run.Names("run"));
    }

    [Fact]
    public void An_interruption_ends_the_waiting_between_two_attempts()
    {
        var run = Patient(activity => activity with { Until = new Until(new ScalarTolerance(0), TimeSpan.FromHours(1), TimeSpan.FromMinutes(10)) });
        run.Answers["ok a"] = () => new JsonObject { ["status"] = 7 };
        run.AbortAt(30);

        run.Play();

        Assert.Equal("interrupted", run.Outcome.Toolkit.Status);
        Assert.Equal(["ok a"], run.Acts);
        Assert.Null(run.Entry("run", 0)["status"]);
    }

    private static Rehearsal Patient(Func<Activity, Activity> change)
    {
        var run = new Rehearsal(method: "ok a, ok b");
        run.Experiment = run.Experiment with { Method = [change(run.Experiment.Method[0]), run.Experiment.Method[1]] };
        return run;
    }

    // Null fails the attempt.
    private static Func<JsonNode?> Sequence(params int?[] statuses)
    {
        var left = new Queue<int?>(statuses);
        return () => left.Dequeue() is { } status ? new JsonObject { ["status"] = status } : throw Rehearsal.Failing;
    }
}
