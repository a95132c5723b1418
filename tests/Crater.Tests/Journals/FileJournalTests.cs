using System.Collections.Immutable;
using System.Text;
using Crater.Diagnostics;
using Crater.Drivers;
using Crater.Journals;
using Crater.Tests.Runs;
using Xunit;

namespace Crater.Tests.Journals;

public sealed class FileJournalTests : IDisposable
{
    private readonly string _root = Directory.CreateTempSubdirectory("crater-journal-").FullName;
    private readonly RunFolders _folders;

    public FileJournalTests() => _folders = new RunFolders(_root, TimeProvider.System);

    public void Dispose() => Directory.Delete(_root, recursive: true);

    [Fact]
    public void Every_kind_of_event_reads_back_as_it_was_written()
    {
        JournalEvent[] events =
        [
            Some.Planned(Some.Injection()), new PhaseEntered(RunPhase.SteadyStateBefore), new ProbeMeasured("p", ProbeMoment.During, null, "seen", "200"),
            new TargetClaimed("pod/shop/carts-1"), new TargetReleased("pod/shop/carts-1"), new InjectionIntended(Some.Injection(), Some.Preparation(), "lab"),
            new InjectionInjected(1, "proxy"), new InjectionFailed(1, "no"), new InjectionSeen(1, Presence.Unknown, "?") { Now = new Fingerprint("x") },
            new ActivityStarted("a"), new ActivityFinished("a", "succeeded", "out", 1.5), new ActivityAttempted("a", 1, "failed", null, "no", 0.5),
            new ActivityCut("a", 0.2) { Place = "method[0]" }, new HypothesisChecked(ProbeMoment.Before, null), new ControlWrote("run", "[]"),
            new RunResumed("continue", "method[1]", ["method[0]"]), new GuardTripped("g", "r", 0.3, false),
            new GuardWatched("g", 3, null, 0.2), new AbortRequested("me@here", "enough"), new RunInterrupted("CRT4010", "r"), new RunTakenOver("me"),
            new JournalMended(12), new RecoveryIntended(1), new InjectionLifted(1), new InjectionRecovered(1, Some.Certificate()),
            new RecoveryFailed(1, "r", "craterctl recover"), new VerdictReached(Verdict.Refuted, ["because"]),
            new RunClosed(new Dictionary<string, string> { ["a"] = "b" }), new FilesSealed(new Dictionary<string, string>()),
        ];
        using var journal = Journal();

        foreach (var one in events)
        {
            journal.Append(one);
        }

        var lines = File.ReadAllLines(EventsFile());
        var kinds = typeof(JournalEvent).Assembly.GetTypes().Count(type => type.IsSubclassOf(typeof(JournalEvent)));
        Assert.Equal(kinds, events.Select(one => one.GetType()).Distinct().Count());
        Assert.Equal(lines, Journal().Read().Select(one => Encoding.UTF8.GetString(JournalLine.Of(one).Span).TrimEnd('\n')));
        Assert.Contains("\"type\":\"injection-intended\"", lines[5], StringComparison.Ordinal);
        Assert.Contains("\"duration\":\"30s\"", lines[5], StringComparison.Ordinal);
    }

    [Fact]
    public void Lines_are_numbered_without_gaps_across_processes()
    {
        using (var first = Journal())
        {
            first.Append(Some.Planned());
        }

        using var second = Journal();
        Assert.Equal(2, second.Append(new ActivityStarted("a")).Number);
    }

    [Fact]
    public void A_line_that_a_crash_cut_is_left_out_when_reading()
    {
        Write(Some.Planned(), new ActivityStarted("a"));
        CutLastLine();

        Assert.Single(Journal().Read());
        Assert.True(Journal().TornBytes() > 0);
    }

    [Fact]
    public void The_next_writer_takes_a_cut_line_off_and_says_so()
    {
        Write(Some.Planned(), new ActivityStarted("a"));
        CutLastLine();

        using var next = Journal();
        next.Append(new RunTakenOver("me"));

        Assert.Collection(Journal().Read(), one => Assert.IsType<RunPlanned>(one), one => Assert.IsType<JournalMended>(one), one => Assert.IsType<RunTakenOver>(one));
    }

    [Fact]
    public void A_damaged_line_in_the_middle_is_refused_with_its_number()
    {
        Write(Some.Planned(), new ActivityStarted("a"), new ActivityStarted("b"));
        var lines = File.ReadAllLines(EventsFile());
        lines[1] = lines[1][..10];
        File.WriteAllLines(EventsFile(), lines);

        var refused = Assert.Throws<CraterException>(() => Journal().Read());
        Assert.Equal("CRT4003", refused.Code);
        Assert.Contains("line 2", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_missing_line_in_the_middle_is_refused()
    {
        Write(Some.Planned(), new ActivityStarted("a"), new ActivityStarted("b"));
        var lines = File.ReadAllLines(EventsFile());
        File.WriteAllLines(EventsFile(), [lines[0], lines[2]]);

        Assert.Equal("CRT4003", Assert.Throws<CraterException>(() => Journal().Read()).Code);
    }

    [Fact]
    public void A_journal_of_a_newer_version_is_refused()
    {
        Write(Some.Planned() with { Format = JournalFormat.Current + 1 });

        Assert.Equal("CRT4002", Assert.Throws<CraterException>(() => Journal().Read()).Code);
    }

    [Fact]
    public void A_full_disk_is_an_error_leaves_no_half_line_and_is_over_when_there_is_room_again()
    {
        var disk = Directory.CreateDirectory(Path.Combine(_root, "disk")).FullName;
        if (!OperatingSystem.IsLinux() || Run("mount", "-t", "tmpfs", "-o", "size=32k", "crater-test", disk) != 0)
        {
            Assert.Skip("the right to mount a small file system is missing");
        }

        try
        {
            using var journal = new RunFolders(disk, TimeProvider.System).Create(Some.Run).OpenJournal();
            journal.Append(Some.Planned());
            var fill = Enumerable.Range(0, 100).TakeWhile(_ => Fits(journal)).Count();
            Assert.InRange(fill, 1, 99);
            Assert.Equal(fill + 1, new RunFolders(disk, TimeProvider.System).Open(Some.Run).Read().Count);

            journal.Append(new ActivityStarted("short"));
            Assert.Equal(fill + 2, new RunFolders(disk, TimeProvider.System).Open(Some.Run).Read().Count);
        }
        finally
        {
            Run("umount", disk);
        }
    }

    [Fact]
    public void A_journal_that_cannot_be_written_says_so_with_its_code()
    {
        var folder = _folders.Create(Some.Run);
        Directory.CreateDirectory(folder.PathOf(RunFolder.EventsFile));
        using var journal = folder.OpenJournal();

        Assert.Equal("CRT4001", Assert.Throws<CraterException>(() => journal.Append(Some.Planned())).Code);
    }

    [Fact]
    public void Only_one_holder_at_a_time_and_the_next_one_after_it()
    {
        var folder = _folders.Create(Some.Run);
        var first = folder.TryHold();
        Assert.NotNull(first);
        Assert.Null(folder.TryHold());
        Assert.True(folder.IsHeld());

        first.Dispose();

        Assert.False(folder.IsHeld());
        using var second = folder.TryHold();
        Assert.NotNull(second);
    }

    [Fact]
    public void A_run_is_open_until_its_last_line_says_that_it_is_closed()
    {
        Write(Some.Planned());
        Assert.Equal([Some.Run], _folders.OpenRuns());

        using var journal = Journal();
        journal.Append(new RunClosed(ImmutableDictionary<string, string>.Empty));

        Assert.Empty(_folders.OpenRuns());
    }

    [Fact]
    public void A_run_whose_journal_cannot_be_read_counts_as_open()
    {
        Write(Some.Planned() with { Format = JournalFormat.Current + 1 });

        Assert.Equal([Some.Run], _folders.OpenRuns());
    }

    [Theory]
    [InlineData("chaos-0000abcd")]
    [InlineData("chaos-0000")]
    [InlineData("0000a")]
    [InlineData("latest")]
    public void A_run_is_found_by_what_a_person_writes(string text)
    {
        Write(Some.Planned());

        Assert.Equal(Some.Run, _folders.Resolve(text).Run);
    }

    [Theory]
    [InlineData("chaos-f", "CRT4005")]
    [InlineData("latest-one", "CRT4005")]
    [InlineData("chaos-0", "CRT4006")]
    public void An_unknown_or_ambiguous_run_is_an_error_that_says_what_there_is(string text, string code)
    {
        Write(Some.Planned());
        using var other = _folders.Create(new RunId("chaos-00000001")).OpenJournal();
        other.Append(Some.Planned() with { Run = new RunId("chaos-00000001") });

        Assert.Equal(code, Assert.Throws<CraterException>(() => _folders.Resolve(text)).Code);
    }

    [Fact]
    public void A_file_of_the_run_is_written_whole_and_its_hash_can_be_checked()
    {
        var folder = _folders.Create(Some.Run);
        var hash = folder.Write("experiment.yaml", "title: t\n");

        Assert.Equal(hash, folder.Hashes(["experiment.yaml", "missing"])["experiment.yaml"]);
        Assert.Empty(Directory.GetFiles(folder.Path, "*.draft"));
    }

    private static bool Fits(FileJournal journal)
    {
        try
        {
            journal.Append(new ActivityStarted(new string('x', 900)));
            return true;
        }
        catch (CraterException e) when (e.Code == "CRT4001")
        {
            return false;
        }
    }

    private static int Run(string program, params string[] arguments)
    {
        try
        {
            using var process = System.Diagnostics.Process.Start(new System.Diagnostics.ProcessStartInfo(program, arguments) { RedirectStandardError = true });
            process!.WaitForExit();
            return process.ExitCode;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return -1;
        }
    }

    private FileJournal Journal() => _folders.Create(Some.Run).OpenJournal();

    private string EventsFile() => _folders.Folder(Some.Run).PathOf(RunFolder.EventsFile);

    private void Write(params JournalEvent[] events)
    {
        using var journal = Journal();
        foreach (var one in events)
        {
            journal.Append(one);
        }
    }

    private void CutLastLine()
    {
        using var file = new FileStream(EventsFile(), FileMode.Open);
        file.SetLength(file.Length - 5);
    }
}
