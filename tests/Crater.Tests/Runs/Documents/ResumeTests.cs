using Crater.Diagnostics;
using Crater.Drivers;
using Crater.Experiments;
using Crater.Journals;
using Crater.Runs;
using Crater.Runs.Activities;
using Crater.Tests.Runs.Simulation;
using Xunit;

namespace Crater.Tests.Runs.Documents;

/// <summary>Runs whose process died, with real run folders on the simulated clock.</summary>
public sealed class ResumeTests : IDisposable
{
    private readonly string _root = Directory.CreateTempSubdirectory("crater-resume-").FullName;
    private readonly Rehearsal _run = new("ok p", "ok a, sleeps 60, ok b", "ok r", new RunManner { Rollbacks = RollbackStrategy.Never });

    public void Dispose() => Directory.Delete(_root, recursive: true);

    [Fact]
    public void Rollbacks_are_played_when_asked_for_whatever_their_strategy()
    {
        var folder = Died(Started("method[0]"), Finished("method[0]"), Started("method[1]"));

        var outcome = Resume(folder, ResumeChoice.Rollbacks);

        Assert.Equal(["ok r"], _run.Acts);
        Assert.Equal("interrupted", outcome.Toolkit.Status);
        Assert.True(folder.State().IsClosed);
        Assert.Contains("\"rollbacks\": [", File.ReadAllText(folder.PathOf(RunFolder.ToolkitJournalFile)), StringComparison.Ordinal);
    }

    [Fact]
    public void The_method_goes_on_with_what_has_not_begun_and_names_what_was_under_way()
    {
        var folder = Died(Started("method[0]"), Finished("method[0]"), Started("method[1]"));

        var outcome = Resume(folder, ResumeChoice.Continue);

        Assert.Equal(["ok b", "ok p"], _run.Acts);
        Assert.Equal("completed", outcome.Toolkit.Status);
        var resumed = Assert.Single(folder.OpenJournal().Read().OfType<RunResumed>());
        Assert.Equal(("method[2]", "method[1]"), (resumed.From, Assert.Single(resumed.Cut)));
        Assert.Contains(outcome.Reasons, reason => reason.Contains("method[1]", StringComparison.Ordinal));
    }

    [Fact]
    public void An_action_that_was_under_way_is_played_again_only_when_the_caller_says_so()
    {
        Resume(Died(Started("method[0]"), Finished("method[0]"), Started("method[1]")), ResumeChoice.Continue, playsAgain: true);

        Assert.Equal(["sleeps 60", "ok b", "ok p"], _run.Acts);
    }

    [Fact]
    public void A_probe_that_was_under_way_is_played_again()
    {
        _run.Experiment = _run.Experiment with { Method = [.. _run.Experiment.Method.Select(one => one with { IsProbe = true })] };

        Resume(Died(Started("method[0]")), ResumeChoice.Continue);

        Assert.Equal(["ok a", "sleeps 60", "ok b", "ok p"], _run.Acts);
    }

    [Fact]
    public void A_run_that_died_at_its_gate_begins_with_it()
    {
        Resume(Died(), ResumeChoice.Continue);

        Assert.Equal("ok p", _run.Acts[0]);
        Assert.Equal(5, _run.Acts.Count);
    }

    [Fact]
    public void A_gate_that_was_shut_stays_shut()
    {
        Resume(Died(new HypothesisChecked(ProbeMoment.Before, false)), ResumeChoice.Continue);

        Assert.Empty(_run.Acts);
    }

    [Fact]
    public void A_run_that_a_person_wanted_to_end_is_not_continued() =>
        Refused("CRT4017", Died(new AbortRequested("me@here", "enough")), ResumeChoice.Continue);

    [Fact]
    public void A_run_that_has_ended_is_not_resumed() =>
        Refused("CRT4016", Died(new VerdictReached(Verdict.Upheld, []), new RunClosed(new Dictionary<string, string>())), ResumeChoice.Rollbacks);

    [Fact]
    public void A_run_that_lives_is_not_resumed()
    {
        var folder = Died();
        using var hold = folder.TryHold();

        Refused("CRT4007", folder, ResumeChoice.Continue);
    }

    [Fact]
    public void Another_document_is_refused()
    {
        var folder = Died();
        _run.Experiment = _run.Experiment with { Source = _run.Experiment.Source + " " };

        Refused("CRT4018", folder, ResumeChoice.Continue);
    }

    [Fact]
    public void A_document_with_masked_secrets_has_to_be_given_again()
    {
        var folder = Died();
        folder.Write("experiment.json", "{\"secrets\": {\"a\": {\"b\": \"" + Secrets.Masked + "\"}}}");

        Assert.Equal("CRT4018", Assert.Throws<CraterException>(() => RunResume.DocumentOf(folder)).Code);
    }

    [Fact]
    public async Task A_sweep_leaves_a_run_that_injected_nothing_for_whoever_resumes_it()
    {
        var folder = Died(Started("method[0]"));
        var folders = new RunFolders(_root, _run.Clock);

        await new RecoverySweep(folders, new RunRecovery(folders, [], _run.Clock, "me")).RunAsync();

        Assert.False(folder.State().IsClosed);
        Resume(folder, ResumeChoice.Continue);
    }

    private static ActivityStarted Started(string place) => new("a") { Place = place };

    private static ActivityFinished Finished(string place) => new("a", "succeeded", "0", 1) { Place = place };

    private RunFolder Died(params JournalEvent[] events)
    {
        var folder = new RunFolders(_root, _run.Clock).Create(Some.Run);
        var document = new Dictionary<string, string> { ["experiment.json"] = folder.Write("experiment.json", _run.Experiment.Source) };
        using var journal = folder.OpenJournal();
        journal.Append(Some.Planned() with { Files = document, Rollbacks = _run.Manner.Rollbacks });
        foreach (var one in events)
        {
            journal.Append(one);
        }

        return folder;
    }

    private void Refused(string code, RunFolder folder, ResumeChoice choice)
    {
        var refused = Assert.Throws<AggregateException>(() => Resume(folder, choice));
        Assert.Equal(code, Assert.IsType<CraterException>(refused.InnerException).Code);
        Assert.Empty(_run.Acts);
    }

    private RunOutcome Resume(RunFolder folder, ResumeChoice choice, bool playsAgain = false) => _run.Start(() =>
        new RunResume(new RunFolders(_root, _run.Clock), _run.Clock).RunAsync(folder, choice, playsAgain, new RunRequest
        {
            Plan = new Plan { Run = folder.Run, Title = "t", Seed = 0, Faults = [], Duration = TimeSpan.Zero },
            Experiment = _run.Experiment,
            Drivers = [],
            Claims = Rehearsal.NoClaims.Instance,
            Activities = _run,
            Judge = _run.JudgeAsync,
            StartedBy = "me@there",
        }, _run.Abort));
}
