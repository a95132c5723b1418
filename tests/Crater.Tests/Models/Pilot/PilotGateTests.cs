using System.Text.Json.Nodes;
using Crater.Models;
using Crater.Models.Pilot;
using Crater.Models.Pilot.Transcripts;
using Crater.Tests.Models.Scripted;
using Xunit;

namespace Crater.Tests.Models.Pilot;

/// <summary>What stands between what a model says and what is done.</summary>
public sealed class PilotGateTests
{
    private readonly ScriptedWorld _world = new();

    private static string Results(Transcript transcript) =>
        string.Join('\n', transcript.Records.Where(record => record["kind"]!.GetValue<string>() == "result").Select(record => $"{record["tool"]} {record["outcome"]}: {record["text"]}"));

    [Theory]
    [InlineData(Protocol.OpenAi)]
    [InlineData(Protocol.Anthropic)]
    public async Task What_is_wrong_with_a_call_is_its_result_and_the_others_are_made(Protocol protocol)
    {
        await using var script = await ScriptedModelServer.StartAsync(
            Say.Calls(("a", "drop_database", "{}"), ("a", "components", "{}"), ("b", "start", """{"candidate":"k99","intensity":"low"}"""), ("c", "start", """{"candidate":"k01","intensity":"brutal"}"""), ("d", "start", """{"candidate":"k01","intensity":"low"}""")));
        var transcript = new Transcript(TimeProvider.System);

        var outcome = await SomePilot.ModelAsync(script, _world, "1", transcript: transcript, protocol: protocol);

        Assert.Equal(EndState.GoalReached, outcome.State);
        Assert.Single(_world.Runs);
        var lines = Results(transcript).Split('\n');
        Assert.Equal(5, lines.Length);
        Assert.Contains("there is no tool 'drop_database'", lines[0], StringComparison.Ordinal);
        Assert.Contains("another call of the same answer has this id", lines[1], StringComparison.Ordinal);
        Assert.Contains("there is no such candidate", lines[2], StringComparison.Ordinal);
        Assert.Contains("none of the values allowed there", lines[3], StringComparison.Ordinal);
        Assert.StartsWith("start ok: chaos-00000001 was refuted. Missed while the fault was in place: requests succeed.", lines[4], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Arguments_that_are_no_json_are_answered()
    {
        await using var script = await ScriptedModelServer.StartAsync(SomePilot.Calls("start", "{candidate: k01"), SomePilot.Starts("k01"));
        var transcript = new Transcript(TimeProvider.System);

        await SomePilot.ModelAsync(script, _world, "1", transcript: transcript);

        Assert.Contains("start error: the arguments are not JSON", Results(transcript), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_same_test_is_not_done_twice_and_a_proven_weakness_is_not_proven_harder()
    {
        await using var script = await ScriptedModelServer.StartAsync(SomePilot.Starts(SomePilot.Tunable), SomePilot.Starts(SomePilot.Tunable), SomePilot.Starts(SomePilot.Tunable, "medium"), SomePilot.Finishes());
        var transcript = new Transcript(TimeProvider.System);

        await SomePilot.ModelAsync(script, _world, "9", transcript: transcript);

        Assert.Single(_world.Runs);
        Assert.Contains("denied: this was tried before, and was refuted", Results(transcript), StringComparison.Ordinal);
        Assert.Contains("denied: the weakness is proven already, with low intensity", Results(transcript), StringComparison.Ordinal);
    }

    [Fact]
    public async Task It_goes_harder_step_by_step()
    {
        var world = new ScriptedWorld { Ends = (_, result) => result with { Verdict = "upheld" } };
        var id = SomePilot.Tunable;
        await using var script = await ScriptedModelServer.StartAsync(
            SomePilot.Starts(id, "high"), SomePilot.Starts(id), SomePilot.Starts(id, "high"), SomePilot.Starts(id, "medium"), SomePilot.Starts(id, "high"), SomePilot.Finishes());
        var transcript = new Transcript(TimeProvider.System);

        var outcome = await SomePilot.ModelAsync(script, world, "9", transcript: transcript);

        Assert.Equal([Intensity.Low, Intensity.Medium, Intensity.High], outcome.Trials.Select(trial => trial.Intensity));
        Assert.Equal(3, world.Runs.Select(run => run.Document).Distinct().Count());
        Assert.Contains("delay: \"20s\"", world.Runs[2].Document, StringComparison.Ordinal);
        Assert.Contains("it goes step by step: medium intensity must be withstood first", Results(transcript), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Between_two_faults_there_is_quiet()
    {
        await SomePilot.RulesAsync(_world, "3", options => options with { CoolDown = TimeSpan.FromSeconds(7) });

        Assert.Equal(["run", "rest", "run", "rest", "run"], _world.Order);
        Assert.All(_world.Rests, rest => Assert.Equal(TimeSpan.FromSeconds(7), rest));
    }

    [Fact]
    public async Task A_person_is_asked_for_each_unless_the_policy_may_and_the_test_is_not_risky()
    {
        await SomePilot.RulesAsync(_world, "2", options => options with { Approval = Approval.Each });
        var policy = new ScriptedWorld();
        await SomePilot.RulesAsync(policy, "2", options => options with { RiskUnattendedMax = 1 });

        Assert.Equal(["asked", "run", "rest", "asked", "run"], _world.Order);
        Assert.All(policy.Questions, question => Assert.Contains("the policy approves at most 1 alone", question.Why, StringComparison.Ordinal));
        Assert.NotEmpty(policy.Questions);
    }

    [Fact]
    public async Task Who_has_read_free_text_starts_nothing_without_a_person_whatever_the_policy_says()
    {
        var world = new ScriptedWorld { Otherwise = ApprovalAnswer.No };
        await using var script = await ScriptedModelServer.StartAsync(
            SomePilot.Starts("k01"), SomePilot.Calls("events", """{"run":"chaos-00000001"}"""), SomePilot.Starts("k02"), SomePilot.Calls("stress_api", """{"route":"1","users":5}"""), SomePilot.Finishes());
        var transcript = new Transcript(TimeProvider.System);

        await SomePilot.ModelAsync(script, world, "9", transcript: transcript);

        Assert.Single(world.Runs);
        Assert.Empty(world.Stresses);
        Assert.Equal(2, world.Questions.Count);
        Assert.All(world.Questions, question => Assert.Equal("the session has read text that anyone may have written", question.Why));
        Assert.DoesNotContain("hunter22", string.Join('\n', transcript.Records.Select(record => record.ToJsonString())), StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_other_tools_tell_has_no_free_text()
    {
        await using var script = await ScriptedModelServer.StartAsync(
            SomePilot.Starts("k01"), SomePilot.Calls("run", """{"run":"chaos-00000001"}"""), SomePilot.Calls("metric", """{"name":"error_rate"}"""), SomePilot.Calls("findings", """{"component":"c01"}"""),
            SomePilot.Calls("dependencies", """{"component":"c01"}"""), SomePilot.Calls("propose", """{"candidate":"k02"}"""), SomePilot.Calls("availability"), SomePilot.Starts("k02"));

        await SomePilot.ModelAsync(script, _world, "2");

        Assert.Equal(2, _world.Runs.Count);
        Assert.Empty(_world.Questions);
    }

    [Fact]
    public async Task In_a_session_that_only_plans_nothing_is_started()
    {
        var outcome = await SomePilot.RulesAsync(_world, "3", options => options with { Approval = Approval.Never });

        Assert.Equal(EndState.PolicyBlocked, outcome.State);
        Assert.Empty(_world.Order);
    }

    [Fact]
    public async Task A_model_without_tools_writes_action_lines_and_nothing_of_them_is_lost()
    {
        await using var script = await ScriptedModelServer.StartAsync(
            Say.DoesNotKnow("tools"), Say.Text("DESCRIBE,  KILL pod orders-db, DANCE now"), Say.Text("START k02\nFINISH nothing_left we saw enough, thank you"));
        var transcript = new Transcript(TimeProvider.System);

        var outcome = await SomePilot.ModelAsync(script, _world, "9", transcript: transcript);

        Assert.Equal("as the model says: we saw enough, thank you", outcome.Reason);
        Assert.Equal(2, _world.Runs.Count);
        Assert.Contains("there is no action 'DANCE'", Asking.Words(script.Requests.Last()), StringComparison.Ordinal);
        Assert.All(script.Requests.Skip(1), request => Assert.False(request.ContainsKey("tools")));
        Assert.Contains("KILL type name [namespace]", Asking.Words(script.Requests.Last()), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_wanted_load_is_tried_step_by_step_until_it_is_borne()
    {
        var outcome = await SomePilot.RulesAsync(_world, "handle 1,000 users");

        Assert.Equal([100, 250, 500, 1000], _world.Stresses.Select(stress => stress.Users));
        Assert.Equal((EndState.GoalReached, "1000 users were survived", 0), (outcome.State, outcome.Reason, outcome.Proven));
    }

    [Fact]
    public async Task A_load_that_is_not_borne_is_the_answer()
    {
        var world = new ScriptedWorld { Bears = order => new StressResult(order.Route, order.Users, 100, 100, order.Users > 300 ? 50 : 0, 0.1, 0, false) };

        var outcome = await SomePilot.RulesAsync(world, "handle 1000 users");

        Assert.Equal((EndState.GoalReached, "500 users were not survived; 250 were", 1), (outcome.State, outcome.Reason, outcome.Proven));
    }

    [Theory]
    [InlineData("http://elsewhere.test/", 5, "only these routes may be stressed")]
    [InlineData("/cart?a=1,2", 400, "it goes step by step: at most 100 users first")]
    public async Task Only_routes_that_were_named_are_stressed_and_not_at_once_with_everything(string route, int users, string why)
    {
        await using var script = await ScriptedModelServer.StartAsync(SomePilot.Calls("stress_api", new JsonObject { ["route"] = route, ["users"] = users }.ToJsonString()), SomePilot.Finishes());
        var transcript = new Transcript(TimeProvider.System);

        await SomePilot.ModelAsync(script, _world, "1", transcript: transcript);

        Assert.Contains($"stress_api denied: {why}", Results(transcript), StringComparison.Ordinal);
        Assert.Empty(_world.Stresses);
    }

    [Theory]
    [InlineData("service", "carts", "")]
    [InlineData("pod", "no-such-pod", "")]
    [InlineData("pod", "carts", "kube-system")]
    public async Task Only_pods_that_come_back_are_killed_by_name(string type, string name, string space)
    {
        await using var script = await ScriptedModelServer.StartAsync(SomePilot.Calls("kill", new JsonObject { ["type"] = type, ["name"] = name, ["namespace"] = space }.ToJsonString()), SomePilot.Finishes());

        await SomePilot.ModelAsync(script, _world, "1");

        Assert.Empty(_world.Runs);
    }
}
