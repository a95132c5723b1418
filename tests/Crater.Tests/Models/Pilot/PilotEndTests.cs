using Crater.Diagnostics;
using Crater.Models;
using Crater.Models.Pilot;
using Crater.Models.Pilot.Transcripts;
using Crater.Tests.Models.Scripted;
using Xunit;

namespace Crater.Tests.Models.Pilot;

/// <summary>Every session ends, in one of seven ways, and says why.</summary>
public sealed class PilotEndTests
{
    private readonly ScriptedWorld _world = new();

    [Fact]
    public async Task Rounds_that_are_done_reach_the_goal_with_rules_and_with_a_model()
    {
        await using var script = await ScriptedModelServer.StartAsync(SomePilot.Starts("k01"), SomePilot.Starts("k02"));
        var byModel = new ScriptedWorld();

        var rules = await SomePilot.RulesAsync(_world, "2");
        var model = await SomePilot.ModelAsync(script, byModel, "2");

        Assert.All([rules, model], outcome => Assert.Equal((EndState.GoalReached, 2), (outcome.State, outcome.Proven)));
        Assert.Equal((2, 2), (_world.Runs.Count, byModel.Runs.Count));
    }

    [Fact]
    public async Task A_model_says_when_its_sentence_is_answered_and_the_reason_is_marked_as_its_own()
    {
        await using var script = await ScriptedModelServer.StartAsync(SomePilot.Starts("k01"), SomePilot.Finishes("goal_reached", "the cart <b>holds</b>"));

        var outcome = await SomePilot.ModelAsync(script, _world, "Does the shop survive the loss of its database?");

        Assert.Equal((EndState.GoalReached, "as the model says: the cart ‹b›holds‹/b›"), (outcome.State, outcome.Reason));
    }

    [Fact]
    public async Task A_goal_that_code_can_count_is_not_reached_by_saying_so()
    {
        await using var script = await ScriptedModelServer.StartAsync(SomePilot.Finishes("goal_reached"), SomePilot.Starts("k01"));

        var outcome = await SomePilot.ModelAsync(script, _world, "1");

        Assert.Equal(EndState.GoalReached, outcome.State);
        Assert.Single(_world.Runs);
        Assert.Contains("0 of 1 rounds are done", Asking.Words(script.Requests.Last()), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("calls=0")]
    [InlineData("tokens=0")]
    [InlineData("time=0s")]
    [InlineData("experiments=0")]
    [InlineData("faults=0s")]
    public async Task With_nothing_to_spend_nothing_is_done(string budget)
    {
        await using var script = await ScriptedModelServer.StartAsync(SomePilot.Starts("k01"));

        var outcome = await SomePilot.ModelAsync(script, _world, "1", budget: new Budget().With(budget));

        Assert.Equal(EndState.BudgetExhausted, outcome.State);
        Assert.Contains("CRT7313", $"CRT7313 {outcome.Reason}", StringComparison.Ordinal);
        Assert.Empty(_world.Runs);
    }

    [Fact]
    public async Task The_time_of_faults_is_checked_before_each_of_them()
    {
        var outcome = await SomePilot.RulesAsync(_world, "5", budget: new Budget { Faults = TimeSpan.FromSeconds(45) });

        Assert.Equal(EndState.BudgetExhausted, outcome.State);
        Assert.Equal(2, _world.Runs.Count);
    }

    [Fact]
    public async Task The_rules_end_when_everything_has_been_tried_and_nothing_twice()
    {
        var world = new ScriptedWorld { Ends = (_, result) => result with { Verdict = "upheld" } };

        var outcome = await SomePilot.RulesAsync(world, "100", budget: new Budget { Faults = TimeSpan.FromHours(10), Experiments = 100 });

        Assert.Equal(EndState.NoCandidates, outcome.State);
        Assert.Equal(world.Runs.Count, world.Runs.Select(run => run.Document).Distinct().Count());
        Assert.Contains(outcome.Trials, trial => trial.Intensity == Intensity.High);
    }

    [Fact]
    public async Task Where_nothing_is_worth_doing_nobody_is_asked()
    {
        await using var script = await ScriptedModelServer.StartAsync(SomePilot.Starts("k01"));
        using var model = new HttpModel(script.Provider(), new Spending(new Budget(), null, TimeProvider.System), TimeProvider.System);
        var setup = SomePilot.Setup(_world, "1", new Crater.Models.Pilot.Minds.ModelMind(model, new Crater.Models.Prompts.PromptBook()));

        var outcome = await PilotRun.RunAsync(setup with { Advice = setup.Advice with { Namespace = "nowhere" } }, TestContext.Current.CancellationToken);

        Assert.Equal(EndState.NoCandidates, outcome.State);
        Assert.Empty(script.Requests);
    }

    [Fact]
    public async Task A_policy_that_allows_nothing_blocks_the_session_before_anyone_is_asked()
    {
        await using var script = await ScriptedModelServer.StartAsync(SomePilot.Starts("k01"));

        var outcome = await SomePilot.ModelAsync(script, _world, "1", options => options with { Namespaces = ["elsewhere"] });

        Assert.Equal(EndState.PolicyBlocked, outcome.State);
        Assert.Empty(script.Requests);
    }

    [Fact]
    public async Task A_model_that_insists_on_a_protected_namespace_gets_no_further_and_nothing_is_run()
    {
        await using var script = await ScriptedModelServer.StartAsync(
            SomePilot.Calls("kill", """{"type":"pod","name":"coredns-1","namespace":"kube-system"}"""),
            SomePilot.Calls("kill", """{"type":"pod","name":"coredns-2","namespace":"kube-system"}"""),
            SomePilot.Calls("kill", """{"type":"pod","name":"etcd","namespace":"kube-system"}"""));

        var outcome = await SomePilot.ModelAsync(script, _world, "1");

        Assert.Equal(EndState.PolicyBlocked, outcome.State);
        Assert.Empty(_world.Runs);
    }

    [Fact]
    public async Task A_model_that_repeats_what_is_not_allowed_is_blocked_too()
    {
        var insists = SomePilot.Calls("kill", """{"type":"pod","name":"carts","namespace":"kube-system"}""");
        await using var script = await ScriptedModelServer.StartAsync(insists, insists, insists);

        Assert.Equal(EndState.PolicyBlocked, (await SomePilot.ModelAsync(script, _world, "1")).State);
        Assert.Empty(_world.Runs);
    }

    [Fact]
    public async Task What_was_drawn_is_looked_at_too_and_not_only_what_was_asked_for()
    {
        var world = new ScriptedWorld { Draws = plan => plan with { Targets = [.. plan.Targets, new TrialTarget("some-fault", "pod/kube-system/dns", "kube-system", "", 20)] } };

        var outcome = await SomePilot.RulesAsync(world, "5");

        Assert.Equal(EndState.PolicyBlocked, outcome.State);
        Assert.Contains("kube-system is protected", outcome.Reason, StringComparison.Ordinal);
        Assert.Empty(world.Runs);
    }

    [Fact]
    public async Task A_person_who_says_no_is_told_to_the_model_and_three_times_no_is_an_end()
    {
        var world = new ScriptedWorld { Otherwise = ApprovalAnswer.No };
        await using var script = await ScriptedModelServer.StartAsync(SomePilot.Starts("k01"), SomePilot.Starts("k02"), SomePilot.Starts("k03"));

        var outcome = await SomePilot.ModelAsync(script, world, "1", options => options with { Approval = Approval.Each });

        Assert.Equal(EndState.PolicyBlocked, outcome.State);
        Assert.Equal((3, 0), (world.Questions.Count, world.Runs.Count));
        Assert.Contains("denied: the person who was asked said no", Asking.Words(script.Requests.ElementAt(1)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_person_who_quits_ends_the_session()
    {
        var world = new ScriptedWorld { Otherwise = ApprovalAnswer.Quit };

        Assert.Equal(EndState.AbortedByUser, (await SomePilot.RulesAsync(world, "3", options => options with { Approval = Approval.Each })).State);
        Assert.Empty(world.Runs);
    }

    [Fact]
    public async Task After_a_recovery_that_is_not_proven_nothing_further_is_touched()
    {
        var world = new ScriptedWorld { Ends = (_, result) => result with { IsClean = false } };
        await using var script = await ScriptedModelServer.StartAsync(Say.Calls(("1", "start", """{"candidate":"k01"}"""), ("2", "start", """{"candidate":"k02"}"""), ("3", "availability", "{}")));
        var transcript = new Transcript(TimeProvider.System);

        var outcome = await SomePilot.ModelAsync(script, world, "5", transcript: transcript);

        Assert.Equal(EndState.RecoveryFailed, outcome.State);
        Assert.Single(world.Runs);
        Assert.Equal(3, transcript.Records.Count(record => record["kind"]!.GetValue<string>() == "result"));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_run_that_comes_to_no_result_is_the_last_one(bool isForeseen)
    {
        var world = new ScriptedWorld { Ends = (_, _) => throw (isForeseen ? new CraterException("CRT4001", "the journal cannot be read") : new InvalidOperationException("a defect")) };

        var outcome = await SomePilot.RulesAsync(world, "5");

        Assert.Equal(EndState.RecoveryFailed, outcome.State);
        Assert.Single(world.Runs);
    }

    [Fact]
    public async Task A_run_whose_plan_is_refused_has_not_begun_and_the_next_one_may()
    {
        var world = new ScriptedWorld { Ends = (n, result) => n == 1 ? throw new CraterException("CRT3006", "another run holds it") : result };

        Assert.Equal(EndState.GoalReached, (await SomePilot.RulesAsync(world, "2")).State);
        Assert.Equal(3, world.Runs.Count);
    }

    [Fact]
    public async Task A_run_that_a_signal_ended_is_the_last_one()
    {
        var world = new ScriptedWorld { Ends = (_, result) => result with { Verdict = "inconclusive", Interrupted = true } };

        Assert.Equal(EndState.AbortedByUser, (await SomePilot.RulesAsync(world, "5")).State);
        Assert.Single(world.Runs);
    }

    [Fact]
    public async Task A_session_that_is_stopped_before_it_begins_does_nothing()
    {
        using var stop = new CancellationTokenSource();
        await stop.CancelAsync();

        Assert.Equal(EndState.AbortedByUser, (await PilotRun.RunAsync(SomePilot.Setup(_world, "5"), stop.Token)).State);
        Assert.Empty(_world.Order);
    }

    [Fact]
    public async Task The_same_call_three_times_ends_the_session()
    {
        await using var script = await ScriptedModelServer.StartAsync(SomePilot.Calls("candidates"), SomePilot.Calls("components"), SomePilot.Calls("candidates"), SomePilot.Calls("candidates"));

        var outcome = await SomePilot.ModelAsync(script, _world, "1");

        Assert.Equal(EndState.ModelError, outcome.State);
        Assert.Contains("the same call of candidates was made 3 times", outcome.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_same_look_after_an_experiment_is_not_the_same_look()
    {
        await using var script = await ScriptedModelServer.StartAsync(
            SomePilot.Calls("components"), SomePilot.Calls("components"), SomePilot.Starts("k01"), SomePilot.Calls("components"), SomePilot.Calls("components"), SomePilot.Starts("k02"));

        Assert.Equal(EndState.GoalReached, (await SomePilot.ModelAsync(script, _world, "2")).State);
    }

    [Fact]
    public async Task Answers_without_anything_that_could_be_done_lead_nowhere()
    {
        await using var script = await ScriptedModelServer.StartAsync(Say.Text("Let me think."), Say.Text(""), Say.Text("I would kill the database."));

        var outcome = await SomePilot.ModelAsync(script, _world, "1");

        Assert.Equal(EndState.ModelError, outcome.State);
        Assert.Equal(0, script.TurnsLeft);
    }

    [Fact]
    public async Task When_the_model_cannot_be_asked_the_rules_go_on_under_the_same_gates()
    {
        await using var script = await ScriptedModelServer.StartAsync(SomePilot.Starts("k01"), Say.Status(401));
        var transcript = new Transcript(TimeProvider.System);

        var outcome = await SomePilot.ModelAsync(script, _world, "3", transcript: transcript);

        Assert.Equal(EndState.GoalReached, outcome.State);
        Assert.Equal(3, _world.Runs.Count);
        Assert.Contains(transcript.Records, record => record["kind"]!.GetValue<string>() == "note" && record["text"]!.GetValue<string>() == "the rules go on");
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_sentence_is_not_for_the_rules_so_without_its_model_the_session_ends(bool refuses)
    {
        await using var script = await ScriptedModelServer.StartAsync(refuses ? Say.Refuses("no chaos, please") : Say.Html);

        var outcome = await SomePilot.ModelAsync(script, _world, "Is the cart safe?");

        Assert.Equal(EndState.ModelError, outcome.State);
        Assert.Contains(refuses ? "CRT7314" : "CRT7310", outcome.Reason, StringComparison.Ordinal);
        Assert.Empty(_world.Runs);
    }
}
