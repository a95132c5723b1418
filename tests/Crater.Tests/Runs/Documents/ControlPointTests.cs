using System.Text.Json.Nodes;
using Crater.Documents;
using Crater.Experiments;
using Crater.Runs;
using Crater.Runs.Controls;
using Xunit;

namespace Crater.Tests.Runs.Documents;

/// <summary>When controls are called, what they are shown, and what comes of what they change.</summary>
public sealed class ControlPointTests
{
    private readonly RecordingControls _controls = new();

    [Fact]
    public void Controls_are_called_around_every_part_in_the_order_of_the_format()
    {
        Play("ok p", "ok a", "ok r");

        Assert.Equal(
        [
            "configure", "before experiment", "before hypothesis", "before activity ok p", "after activity ok p", "after hypothesis",
            "before method", "before activity ok a", "after activity ok a", "after method",
            "before hypothesis", "before activity ok p", "after activity ok p", "after hypothesis",
            "before rollback", "before activity ok r", "after activity ok r", "after rollback", "after experiment", "clean up",
        ], _controls.Calls);
    }

    [Fact]
    public void States_have_the_schema_of_the_journal()
    {
        Play("ok p", "ok a", "ok r");

        Assert.Equal(["activity", "output", "start", "status", "end", "duration"], Keys("after activity ok a"));
        Assert.Equal(["steady_state_met", "probes"], Keys("after hypothesis"));
        Assert.Equal("ok a", _controls.States["after method"]![0]!["activity"]!["name"]!.GetValue<string>());
        Assert.Equal("ok r", _controls.States["after rollback"]![0]!["activity"]!["name"]!.GetValue<string>());
        Assert.Equal("completed", _controls.States["after experiment"]!["status"]!.GetValue<string>());
        Assert.Equal("duration", Keys("after experiment").Last());
    }

    [Fact]
    public void After_controls_are_called_when_an_activity_is_cut_and_shown_nothing_of_it()
    {
        var run = Make("", "sleeps 60", "");
        run.AbortAt(1);
        run.Play();

        Assert.Null(_controls.States["after activity sleeps 60"]);
        Assert.Contains("after method", _controls.Calls);
        Assert.Equal(["after experiment", "clean up"], _controls.Calls[^2..]);
    }

    [Theory]
    [InlineData("before experiment", "")]
    [InlineData("before method", "")]
    [InlineData("before activity ok a", "")]
    [InlineData("after activity ok a", "ok a")]
    [InlineData("before hypothesis", "")]
    [InlineData("before rollback", "ok a, ok b")]
    public void A_control_that_interrupts_ends_the_run_there(string call, string played)
    {
        _controls.Changes[call] = _ => new ControlChanges { Interrupt = "enough" };
        var run = Play("ok p", "ok a, ok b", "ok r");

        Assert.Equal(("interrupted", 1), (run.Outcome.Toolkit.Status, run.Outcome.Toolkit.ExitCode));
        Assert.Equal(played, string.Join(", ", run.Names("run")));
        Assert.Empty(run.Names("rollbacks"));
        Assert.Equal(["after experiment", "clean up"], _controls.Calls[^2..]);
    }

    [Fact]
    public void A_control_that_interrupts_among_the_rollbacks_skips_the_rest()
    {
        _controls.Changes["after activity ok r"] = _ => new ControlChanges { Interrupt = "enough" };

        var run = Play("", "ok a", "ok r, ok s");

        Assert.Equal(("interrupted", "ok r"), (run.Outcome.Toolkit.Status, string.Join(", ", run.Names("rollbacks"))));
    }

    [Fact]
    public void An_activity_that_a_control_changed_is_played_as_it_is_then()
    {
        _controls.Changes["before activity ok a"] = point => new ControlChanges { Activity = point.Activity! with { Name = "ok instead" } };

        Assert.Equal(["ok instead"], Play("", "ok a", "").Acts);
    }

    [Fact]
    public void Configuration_that_a_control_changed_is_seen_by_the_rest_of_the_run()
    {
        _controls.Changes["after activity ok a"] = _ => new ControlChanges { Configuration = new Dictionary<string, JsonNode?> { ["url"] = "http://new" } };
        List<string> seen = [];
        var run = Make("", "ok a, ok b", "ok r");
        run.Seeing = (_, context) => seen.Add(context.Configuration.TryGetValue("url", out var url) ? url!.GetValue<string>() : "");

        run.Play();

        Assert.Equal(["", "http://new", "http://new"], seen);
    }

    [Fact]
    public void An_activity_that_a_control_puts_into_the_method_is_played_and_stands_in_the_journal()
    {
        var run = Make("", "ok a, ok c", "");
        _controls.Changes["after activity ok a"] = _ => new ControlChanges { Experiment = Rehearsal.Read("", "ok a, ok b, ok c", "") };

        run.Play();

        Assert.Equal(["ok a", "ok b", "ok c"], run.Acts);
        Assert.Equal(["ok a", "ok b", "ok c"], run.Names("run"));
        Assert.Equal(3, run.Journal["experiment"]!["method"]!.AsArray().Count);
    }

    [Theory]
    [InlineData("after activity ok a", "run", 0)]
    [InlineData("after activity ok r", "rollbacks", 0)]
    public void An_entry_that_a_control_wrote_stands_in_the_journal(string call, string list, int index)
    {
        _controls.Changes[call] = point => new ControlChanges { State = With(point.State, "note", "seen") };

        Assert.Equal("seen", Play("ok p", "ok a", "ok r").Entry(list, index)["note"]!.GetValue<string>());
    }

    [Fact]
    public void Lists_states_and_the_journal_itself_may_be_written_too()
    {
        _controls.Changes["after hypothesis"] = point => new ControlChanges { State = With(point.State, "note", "h") };
        _controls.Changes["after method"] = point => new ControlChanges { State = new JsonArray("m") };
        _controls.Changes["after experiment"] = point => new ControlChanges { State = With(point.State, "note", "x") };

        var journal = Play("ok p", "ok a", "").Journal;

        Assert.Equal(("h", "m", "x"), (journal["steady_states"]!["before"]!["note"]!.GetValue<string>(), journal["run"]![0]!.GetValue<string>(), journal["note"]!.GetValue<string>()));
    }

    [Fact]
    public void A_secret_that_a_control_writes_does_not_reach_the_journal()
    {
        _controls.Changes["before experiment"] = _ => new ControlChanges { Secrets = new Secrets(new Dictionary<string, JsonObject> { ["g"] = new() { ["k"] = "very-secret" } }) };
        _controls.Changes["after activity ok a"] = point => new ControlChanges { State = With(point.State, "note", "a very-secret note") };

        Assert.DoesNotContain("very-secret", Play("", "ok a", "").Journal.ToJsonString(), StringComparison.Ordinal);
    }

    private static JsonObject With(JsonNode? state, string key, string value)
    {
        var changed = state!.DeepClone().AsObject();
        changed[key] = value;
        return changed;
    }

    private IEnumerable<string> Keys(string call) => _controls.States[call]!.AsObject().Select(pair => pair.Key);

    private Rehearsal Make(string probes, string method, string rollbacks) => new(probes, method, rollbacks) { Controls = _controls };

    private Rehearsal Play(string probes, string method, string rollbacks) => Make(probes, method, rollbacks).Play();
}
