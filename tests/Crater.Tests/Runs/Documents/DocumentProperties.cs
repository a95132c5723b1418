using System.Text;
using System.Text.Json.Nodes;
using Crater.Experiments;
using Crater.Journals;
using Crater.Runs;
using Crater.Runs.Controls;
using FsCheck;
using FsCheck.Fluent;
using Xunit;

namespace Crater.Tests.Runs.Documents;

/// <summary>What holds for every document, however it is played and whoever ends it.</summary>
public sealed class DocumentProperties
{
    private static readonly string[] Words = ["ok", "ok", "miss", "fails", "breaks", "throws", "sleeps 1", "sleeps 7", "sleeps 40"];
    private static readonly string[] Statuses = ["completed", "failed", "aborted", "interrupted"];
    private static readonly string[] EntryKeys = ["activity", "output", "start", "status", "exception", "end", "duration", "tolerance_met"];

    public sealed record Story(string Probes, string Method, string Rollbacks, RunManner Manner, IReadOnlyList<(int Second, bool IsUngraceful)> Aborts, int Steps);

    [Fact]
    public void No_activity_is_carried_out_that_is_not_journaled_and_every_run_ends_with_a_well_formed_journal() => Prop.ForAll(Stories().ToArbitrary(), story =>
    {
        var run = Made(story);
        run.Seeing = (activity, _) => Assert.True(
            activity.Place.StartsWith("steady", StringComparison.Ordinal) || run.Memory.Read().OfType<ActivityStarted>().Any(one => one.Place == activity.Place), activity.Place);

        run.Play();

        var events = run.Memory.Read();
        var ended = events.OfType<ActivityFinished>().Select(one => one.Place).Concat(events.OfType<ActivityCut>().Select(one => one.Place)).ToHashSet();
        Assert.All(events.OfType<ActivityStarted>(), one => Assert.Contains(one.Place, ended));
        Assert.Equal(events.OfType<ActivityStarted>().Count(), run.Names("run").Count + run.Names("rollbacks").Count);
        AssertWellFormed(run.Journal);
        Assert.Equal(run.Outcome.Toolkit.Status, run.Journal["status"]!.GetValue<string>());
        return true;
    }).Check(Config.QuickThrowOnFailure.WithMaxTest(1_500));

    [Fact]
    public void A_process_that_dies_at_any_step_leaves_a_journal_that_is_well_formed_and_aborted() => Prop.ForAll(Stories().ToArbitrary(), story =>
    {
        var run = Made(story);

        run.PlayUntilDeath(story.Steps);

        AssertWellFormed(run.Journal);
        var hasEnded = run.Memory.Read().Any(entry => entry is VerdictReached);
        return hasEnded || run.Journal["status"]!.GetValue<string>() is "aborted" or "interrupted";
    }).Check(Config.QuickThrowOnFailure.WithMaxTest(1_500));

    [Fact]
    public void What_a_secret_is_put_into_reaches_neither_events_nor_journal() => Prop.ForAll(Secrets().ToArbitrary(), secret =>
    {
        var controls = new RecordingControls();
        var run = new Rehearsal("ok p", "ok a, ok b", "ok r") { Controls = controls };
        var secrets = new Secrets(new Dictionary<string, JsonObject> { ["g"] = new() { ["token"] = secret } });
        run.Experiment = run.Experiment with { Secrets = secrets, Source = run.Experiment.Source.Replace("\"t\"", "\"${outputs.a.stdout}\"", StringComparison.Ordinal) };
        run.Masks = secrets;
        foreach (var name in new[] { "ok p", "ok a", "ok b", "ok r" })
        {
            run.Answers[name] = () => new JsonObject { ["status"] = 0, ["stdout"] = $"the token is {secret}." };
        }

        List<string> seen = [];
        run.Seeing = (_, context) => seen.AddRange(context.Outputs.Values.Select(value => value!["stdout"]!.GetValue<string>()));
        controls.Changes["after activity ok a"] = point => new ControlChanges { State = new JsonObject { ["note"] = secret } };

        run.Play();

        var lines = string.Concat(run.Memory.Read().Select(entry => Encoding.UTF8.GetString(JournalLine.Of(entry).Span)));
        var escaped = JsonValue.Create(secret).ToJsonString().Trim('"');
        Assert.All(new[] { lines, ToolkitJournal.Text(run.Experiment, run.Memory.Read(), "Linux") }, text => Assert.DoesNotContain(escaped, text, StringComparison.Ordinal));
        return seen.Any(text => text.Contains(secret, StringComparison.Ordinal));
    }).Check(Config.QuickThrowOnFailure.WithMaxTest(300));

    private static Rehearsal Made(Story story)
    {
        var run = new Rehearsal(story.Probes, story.Method, story.Rollbacks, story.Manner);
        foreach (var (second, isUngraceful) in story.Aborts)
        {
            run.AbortAt(second, isUngraceful);
        }

        return run;
    }

    private static void AssertWellFormed(JsonObject journal)
    {
        Assert.Equal(["chaoslib-version", "platform", "node", "experiment", "start", "status", "deviated", "steady_states", "run", "rollbacks", "end", "duration"], journal.Select(pair => pair.Key));
        Assert.Contains(journal["status"]!.GetValue<string>(), Statuses);
        var states = journal["steady_states"]!;
        var checks = new[] { states["before"], states["after"] }.Concat(states["during"]!.AsArray()).OfType<JsonObject>().ToArray();
        Assert.All(checks, state => Assert.Equal(["steady_state_met", "probes"], state.Select(pair => pair.Key)));
        var entries = checks.SelectMany(state => state["probes"]!.AsArray()).Concat(journal["run"]!.AsArray()).Concat(journal["rollbacks"]!.AsArray()).Select(entry => entry!.AsObject());
        Assert.All(entries, entry =>
        {
            var keys = entry.Select(pair => pair.Key).ToArray();
            Assert.Equal(EntryKeys.Where(keys.Contains), keys);
            Assert.Equal(entry["status"]?.GetValue<string>() == "failed", keys.Contains("exception"));
            Assert.Equal("process", entry["activity"]!["provider"]!["type"]!.GetValue<string>());
        });
    }

    private static Gen<Story> Stories() =>
        from probes in Names("p", 3)
        from method in Names("m", 6)
        from rollbacks in Names("r", 3)
        from hypothesis in Gen.Elements(Enum.GetValues<HypothesisStrategy>())
        from strategy in Gen.Elements(Enum.GetValues<RollbackStrategy>())
        from dry in Gen.Elements<DryStrategy?>(null, null, null, DryStrategy.Actions, DryStrategy.Probes, DryStrategy.Activities, DryStrategy.Pause)
        from failFast in ArbMap.Default.GeneratorFor<bool>()
        from aborts in Gen.Choose(0, 60).Zip(ArbMap.Default.GeneratorFor<bool>()).ListOf()
        from steps in Gen.Choose(1, 120)
        select new Story(probes, method, rollbacks,
            new RunManner { Hypothesis = hypothesis, Rollbacks = strategy, Dry = dry, FailFast = failFast, Frequency = TimeSpan.FromSeconds(3) },
            [.. aborts.Take(2).Select(one => (one.Item1, one.Item2))], steps);

    private static Gen<string> Names(string list, int max) => Gen.Elements(Words).Zip(Gen.Choose(0, 3)).ListOf().Select(words => string.Join(", ",
        words.Take(max).Select((word, index) => $"{word.Item1} {list}{index}{(word.Item2 == 0 ? " &" : "")}")));

    // Letters that nothing else in the journal is made of in this order, so that what is found is the secret.
    private static Gen<string> Secrets() => Gen.Elements("XYZ019/+=\"\\ €".ToCharArray()).ListOf().Select(letters => new string([.. letters]))
        .Where(secret => secret.Trim().Length >= 4 && secret.Trim().Any(letter => "XYZ€".Contains(letter)));
}
