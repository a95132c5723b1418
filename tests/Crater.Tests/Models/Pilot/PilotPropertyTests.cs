using System.Text.Json.Nodes;
using Crater.Models;
using Crater.Models.Pilot;
using Crater.Models.Pilot.Minds;
using Crater.Models.Pilot.Transcripts;
using Xunit;

namespace Crater.Tests.Models.Pilot;

/// <summary>Whatever a model says: nothing that policy and approval have not let through reaches the world, every call has one result, and the session ends.</summary>
public sealed class PilotPropertyTests
{
    /// <summary>Each with another seed; a few seconds in all.</summary>
    private const int Sessions = 60;

    private static readonly string[] Tools = ["start", "start", "start", "kill", "stress_api", "propose", "finish", "events", "components", "candidates", "run", "metric", "abort", "drop_all", ""];

    private static readonly string[] Values =
        ["k01", "k02", "k03", "k04", "k99", "c01", "pod", "node", "carts", "orders-db", "kube-system", "low", "medium", "high", "1", "http://elsewhere.test/", "/cart?a=1,2", "chaos-00000001", "goal_reached", "nothing_left", "error_rate", "\u001b[2J", "'", "", "{}"];

    private static readonly string[] Names = ["candidate", "intensity", "type", "name", "namespace", "route", "users", "seconds", "outcome", "reason", "run", "component", "other"];

    [Fact]
    public async Task Nothing_outside_policy_is_done_and_the_session_ends()
    {
        HashSet<EndState> ends = [];
        for (var seed = 0; seed < Sessions; seed++)
        {
            var random = new Random(seed);
            var world = new ScriptedWorld
            {
                Otherwise = (ApprovalAnswer)random.Next(2),
                Draws = plan => random.Next(8) == 0 ? plan with { Targets = [new TrialTarget("f", "pod/kube-system/x", "kube-system", "", 20)] } : random.Next(8) == 0 ? plan with { Targets = [] } : plan,
                Ends = (_, result) => random.Next(20) == 0 ? result with { IsClean = false } : result with { Verdict = random.Next(2) == 0 ? "upheld" : "refuted" },
            };
            var transcript = new Transcript(TimeProvider.System);
            var mind = new AnyMind(random);

            var setup = SomePilot.Setup(
                world, random.Next(2) == 0 ? "4" : "Is it safe?", mind,
                options => options with { Namespaces = ["shop"], RiskMax = 3, RiskUnattendedMax = 2, UsersMax = 50 }, new Budget { Faults = TimeSpan.FromMinutes(3), Experiments = 6 }, transcript);
            var outcome = await PilotRun.RunAsync(setup, TestContext.Current.CancellationToken);

            ends.Add(outcome.State);
            Check(seed, world, mind, transcript, outcome);
        }

        Assert.True(ends.Count >= 4, $"the sessions of this test are too much alike: {string.Join(", ", ends)}");
    }

    private static void Check(int seed, ScriptedWorld world, AnyMind mind, Transcript transcript, PilotOutcome outcome)
    {
        string Of(JsonObject record) => record["kind"]!.GetValue<string>();
        Assert.True(mind.Answers <= PilotLoop.TurnsMax, $"seed {seed} is not bounded");
        Assert.All(world.Runs, run => Assert.All(run.Plan.Targets, target => Assert.Equal("shop", target.Namespace)));
        Assert.All(world.Runs, run => Assert.DoesNotContain("kube-system", run.Document, StringComparison.Ordinal));
        Assert.Equal(world.Runs.Count, world.Runs.Select(run => run.Document).Distinct().Count());
        Assert.All(world.Stresses, stress => Assert.Equal((true, SomePilot.Route.AbsoluteUri), (stress.Users <= 50, stress.Route)));
        Assert.True(world.Runs.Count + world.Stresses.Count <= 6, $"seed {seed} did more than its budget allows");
        // Nothing follows a recovery that was not proven, and there is quiet between any two.
        Assert.DoesNotContain(outcome.Trials.SkipLast(1), trial => !trial.IsClean);
        Assert.DoesNotContain(world.Order.Where(one => one is "run" or "stress" or "rest").Zip(world.Order.Where(one => one is "run" or "stress" or "rest").Skip(1)), pair => pair.First != "rest" && pair.Second != "rest");
        // Every act has an approval that says yes, and after free text it is a person's.
        var isTainted = false;
        var last = "";
        foreach (var record in transcript.Records)
        {
            isTainted |= Of(record) == "taint";
            last = Of(record) == "approval" ? $"{record["by"]} {record["answer"]}" : last;
            if (Of(record) == "world" && record["call"]!.GetValue<string>() is "run" or "stress")
            {
                Assert.True(last == "person yes" || (last == "policy yes" && !isTainted), $"seed {seed}: {last}");
                last = "";
            }
        }

        Assert.Equal(transcript.Records.Count(record => Of(record) == "call"), transcript.Records.Count(record => Of(record) == "result"));
        Assert.Equal("end", Of(transcript.Records[^1]));
    }

    /// <summary>Says anything: calls with right and wrong names and values, lines of actions, prose, nothing.</summary>
    private sealed class AnyMind(Random random) : IMind
    {
        public string Name => "anything";

        public int Answers { get; private set; }

        public Task<ModelAnswer> NextAsync(IReadOnlyList<Message> messages, CancellationToken abort)
        {
            Answers++;
            var isText = random.Next(5) == 0;
            return Task.FromResult(new ModelAnswer
            {
                Text = isText ? string.Join(random.Next(2) == 0 ? ", " : "\n", Enumerable.Range(0, random.Next(4)).Select(_ => $"{One(Tools).ToUpperInvariant()} {One(Values)} {One(Values)}")) : "",
                ToolCalls = isText ? [] : [.. Enumerable.Range(0, random.Next(1, 5)).Select(_ => Call())],
                Finish = Finish.Complete,
                Usage = Usage.None,
            });
        }

        private ToolCall Call()
        {
            var isRight = random.Next(3) > 0;
            var tool = isRight ? One(["start", "start", "candidates", "components", "stress_api"]) : One(Tools);
            var arguments = isRight && tool == "stress_api" ? new JsonObject { ["route"] = "1", ["users"] = random.Next(1, 60) }
                : isRight && tool != "start" ? []
                : isRight ? new JsonObject { ["candidate"] = One(["k01", "k02", "k03", "k04", "k05"]), ["intensity"] = One(["low", "low", "medium", "high"]) }
                : new JsonObject(Enumerable.Range(0, random.Next(4)).Select(_ => One(Names)).Distinct().Select(name => KeyValuePair.Create(name, (JsonNode?)(name is "users" or "seconds" ? JsonValue.Create(random.Next(-5, 20_000)) : One(Values)))));
            return new ToolCall($"call-{random.Next(4)}", tool, random.Next(12) == 0 ? "{broken" : arguments.ToJsonString());
        }

        private string One(string[] from) => from[random.Next(from.Length)];
    }
}
