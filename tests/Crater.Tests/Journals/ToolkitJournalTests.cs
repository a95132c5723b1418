using System.Text.Json.Nodes;
using Crater.Documents;
using Crater.Drivers;
using Crater.Experiments;
using Crater.Journals;
using Crater.Targets;
using Xunit;

namespace Crater.Tests.Journals;

public sealed class ToolkitJournalTests
{
    private const string Document = """
        title: Carts survive ${what}
        description: d
        configuration: {what: a kill}
        secrets: {shop: {pin: "77", token: long-secret-token}}
        steady-state-hypothesis:
          title: Shoppers can check out
          probes: [{name: checkout answers, type: probe, tolerance: 200, provider: {type: http, url: "http://shop/${token}"}}]
        method:
          - {type: action, name: kill, provider: {type: fault, fault: pod-kill, target: {namespace: shop, labels: app=carts}}}
          - {type: probe, name: look, provider: {type: process, path: "true"}}
        rollbacks:
          - {type: action, name: tidy, provider: {type: process, path: "true"}}
        """;

    private static readonly Experiment Experiment = ExperimentReader.Read(Document, DocumentFormat.Yaml, new ReadOptions()).OrThrow();

    private readonly List<JournalEvent> _events = [];

    [Fact]
    public void The_keys_stand_in_the_order_of_the_schema()
    {
        var journal = Play();
        Assert.Equal(["chaoslib-version", "platform", "node", "experiment", "start", "status", "deviated", "steady_states", "run", "rollbacks", "end", "duration"], journal.Select(pair => pair.Key));
        Assert.Equal(["before", "after", "during"], journal["steady_states"]!.AsObject().Select(pair => pair.Key));
        Assert.Equal(["activity", "output", "start", "status", "end", "duration"], journal["run"]![0]!.AsObject().Select(pair => pair.Key));
        Assert.Equal(["activity", "output", "start", "status", "end", "duration", "tolerance_met"], journal["steady_states"]!["before"]!["probes"]![0]!.AsObject().Select(pair => pair.Key));
    }

    [Fact]
    public void A_run_that_held_is_completed_and_not_deviated()
    {
        var journal = Play();
        Assert.Equal(("completed", false, 60d), (journal["status"]!.GetValue<string>(), journal["deviated"]!.GetValue<bool>(), journal["duration"]!.GetValue<double>()));
        Assert.Equal("2026-11-21T03:00:00.000000+00:00", journal["start"]!.GetValue<string>());
        Assert.Equal("Carts survive a kill", journal["experiment"]!["title"]!.GetValue<string>());
        Assert.Equal("host1", journal["node"]!.GetValue<string>());
    }

    [Fact]
    public void Activities_of_the_method_and_rollbacks_are_told_apart()
    {
        var journal = Play();
        Assert.Equal(["kill", "look"], Names(journal["run"]!));
        Assert.Equal(["tidy"], Names(journal["rollbacks"]!));
        Assert.Equal("pod/shop/carts-1", journal["run"]![0]!["output"]![0]!["target"]!.GetValue<string>());
        Assert.Equal("failed", journal["rollbacks"]![0]!["status"]!.GetValue<string>());
        Assert.Equal("CRT2301 gone", journal["rollbacks"]![0]!["exception"]![0]!.GetValue<string>());
        Assert.Equal("hi", journal["run"]![1]!["output"]!["stdout"]!.GetValue<string>());
    }

    [Fact]
    public void A_hypothesis_that_is_lost_afterwards_deviates()
    {
        var journal = Play(afterMet: false);
        Assert.True(journal["deviated"]!.GetValue<bool>());
        Assert.False(journal["steady_states"]!["after"]!["steady_state_met"]!.GetValue<bool>());
    }

    [Fact]
    public void A_probe_that_could_not_tell_fails_the_run() => Assert.Equal("failed", Play(afterMet: null)["status"]!.GetValue<string>());

    [Fact]
    public void A_guard_interrupts_and_an_error_aborts()
    {
        Assert.Equal("interrupted", Play(last: new GuardTripped("error_rate above 0.05", "0.2", 0.2, false))["status"]!.GetValue<string>());
        _events.Clear();
        Assert.Equal("aborted", Play(last: new RunInterrupted("CRT4001", "disk full"))["status"]!.GetValue<string>());
    }

    [Fact]
    public void Each_round_of_the_hypothesis_during_the_run_is_a_state_of_its_own() =>
        Assert.Equal([true, false], Play()["steady_states"]!["during"]!.AsArray().Select(state => state!["steady_state_met"]!.GetValue<bool>()));

    [Fact]
    public void An_activity_that_was_cut_has_no_status()
    {
        At(0, new ActivityStarted("look"));
        var entry = ToolkitJournal.Make(Experiment, _events, "Linux")["run"]![0]!.AsObject();
        Assert.False(entry.ContainsKey("status"));
        Assert.Null(entry["output"]);
    }

    [Fact]
    public void A_ref_that_names_nothing_stands_as_the_document_has_it()
    {
        var document = new JsonObject { ["method"] = new JsonArray(new JsonObject { ["ref"] = "nowhere" }) };
        var broken = new Activity { Name = "nowhere", IsProbe = false, Provider = MissingProvider.Instance, BrokenRef = "nowhere", Place = "method[0]" };
        var activities = new ToolkitActivities(document, new Experiment { Title = "t", Source = "{}", SourceFormat = "json", Method = [broken] });

        Assert.Equal("""{"ref":"nowhere"}""", activities.Of("method[0]", "nowhere").ToJsonString());
    }

    [Fact]
    public void No_secret_is_in_the_text()
    {
        Play();
        var text = ToolkitJournal.Text(Experiment, _events, "Linux");
        Assert.DoesNotContain("long-secret-token", text, StringComparison.Ordinal);
        Assert.DoesNotContain("\"77\"", text, StringComparison.Ordinal);
        Assert.Contains("http://shop/${token}", text, StringComparison.Ordinal);
        Assert.Contains("\n  \"status\"", text, StringComparison.Ordinal);
    }

    private static IEnumerable<string> Names(JsonNode entries) => entries.AsArray().Select(entry => entry!["activity"]!["name"]!.GetValue<string>());

    private JsonObject Play(bool? afterMet = true, JournalEvent? last = null)
    {
        var run = new RunId("chaos-1a2b3c4d");
        var provider = (FaultProvider)Experiment.Method[0].Provider;
        var target = new Target { Kind = TargetKind.Pod, Namespace = "shop", Name = "carts-1" };
        var injection = new Injection { Run = run, Sequence = 1, Activity = "kill", Fault = provider.Fault, Target = target, Driver = "kubernetes", Duration = provider.Duration };
        At(0, new RunPlanned { Run = run, Title = Experiment.Title, Format = 1, Seed = 1, Injections = [injection], Files = new Dictionary<string, string>(), StartedBy = "me@host1" });
        At(1, Measured(ProbeMoment.Before, true));
        At(1, new HypothesisChecked(ProbeMoment.Before, true));
        At(2, new InjectionIntended(injection, new Preparation { Before = new Fingerprint("ready=1") }, "kubernetes"));
        At(3, new InjectionInjected(1, "DELETE pod"));
        At(4, Measured(ProbeMoment.During, true));
        At(4, new HypothesisChecked(ProbeMoment.During, true));
        At(5, Measured(ProbeMoment.During, false));
        At(5, new HypothesisChecked(ProbeMoment.During, false));
        At(6, new ActivityStarted("look"));
        At(7, new ActivityFinished("look", "succeeded", """{"status":0,"stdout":"hi","stderr":""}""", 0.5));
        At(8, new PhaseEntered(RunPhase.Recovering));
        At(9, new ActivityStarted("tidy"));
        At(10, new ActivityFinished("tidy", "failed", "CRT2301 gone", 0.1));
        At(50, Measured(ProbeMoment.After, afterMet));
        At(50, new HypothesisChecked(ProbeMoment.After, afterMet));
        if (last is not null)
        {
            At(55, last);
        }

        At(60, new VerdictReached(Verdict.Upheld, []));
        At(61, new RunClosed(new Dictionary<string, string>()));
        return ToolkitJournal.Make(Experiment, _events, "Linux");
    }

    private static ProbeMeasured Measured(ProbeMoment when, bool? met) => new("checkout answers", when, met, """{"status":200}""", "200");

    private void At(int seconds, JournalEvent entry) =>
        _events.Add(entry with { Number = _events.Count + 1, At = new DateTimeOffset(2026, 11, 21, 3, 0, 0, TimeSpan.Zero).AddSeconds(seconds) });
}
