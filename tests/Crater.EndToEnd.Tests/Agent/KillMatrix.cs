using System.Globalization;
using Crater.Agent.Host;
using Crater.Agent.Keeping;
using Crater.Agent.State;
using Crater.EndToEnd.Tests.CommandLine;
using Xunit;

namespace Crater.EndToEnd.Tests.Agent;

/// <summary>Who dies; the disk dies when it is full.</summary>
internal enum Victim { Cli, Keeper, Guardian, Both, Serve, Disk }

/// <summary>One death: of whom, at which step, by which signal. To be stopped for longer than the lease is one too: to everybody else it looks the same.</summary>
internal sealed record Death(Victim Victim, string Step, int Signal)
{
    /// <summary>Steps after which the keeper has been asked to recover.</summary>
    public bool IsDuringRecovery => Step is "recovering" or "undone";

    public bool IsStop => Signal == Signals.Stop;

    /// <summary>The one who asked knew that the fault was in place, so it stays until somebody recovers it or its lease ends; or nobody is left to do it.</summary>
    public bool NeedsSweep => Victim == Victim.Both || (this is { Victim: Victim.Cli, Step: "answered" } && !IsStop);

    public string Role => Victim switch { Victim.Cli => "cli", Victim.Serve => "serve", Victim.Guardian => "guardian", _ => "keeper" };

    public string Verb => Victim switch { Victim.Cli => "inject", Victim.Serve => "serve", Victim.Guardian => "guard", _ => "keep" };

    public override string ToString() => $"{Victim} at {Step} by {Signal}";
}

/// <summary>Puts a fault on, kills or stops somebody at a named step, and looks whether everything is as it was.</summary>
internal static class KillMatrix
{
    public const string Uid = "kill-me";

    private const string HalfWay = "half-way";

    private static readonly SemaphoreSlim Log = new(1);

    /// <summary>What CI takes at least, spread evenly over everything; CRATER_KILLS=all takes all there is, and a number that many kills, and of the others as many as go with them.</summary>
    private const int KillsMin = 600;
    private const int StopsMin = 70;
    private const int FullsMin = 60;

    private static readonly string[] KeeperSteps = ["begun", "intent-written", "guardian-armed", HalfWay, "fault-in-place", "injected-written", "reported", "recovering", "undone"];
    private static readonly string[] GuardianSteps = ["begun", "armed"];
    private static readonly string[] CliSteps = ["keeper-started", "asked", "answered"];
    private static readonly string[] BothSteps = ["guardian-armed", HalfWay, "fault-in-place", "reported", "recovering", "undone"];
    private static readonly string[] ServeSteps = ["keeper-chosen", "asked", "answered", "recovering", "undone"];

    /// <summary>Until a guardian is armed, or a keeper was told what to do, they wait for one another for a minute, and nothing is touched.</summary>
    private static readonly string[] BeforeTheLease = ["begun", "intent-written", "keeper-started", "keeper-chosen"];

    /// <summary>Faults that take more than one step to put on.</summary>
    private static readonly string[] InSteps = ["file-create", "file-modify"];

    /// <summary>The deaths by a signal that end somebody, of this fault, which this run tries.</summary>
    public static IReadOnlyList<Death> Kills(string fault) => Chosen(fault, AllKills, KillsMin);

    /// <summary>All of them that there are.</summary>
    public static IReadOnlyList<Death> AllKills(string fault) => [.. Steps(fault, Signals.Kill, Signals.Terminate)];

    /// <summary>The same for those that are stopped for longer than the lease.</summary>
    public static IReadOnlyList<Death> Stops(string fault) => Chosen(fault, name => [.. Steps(name, Signals.Stop).Where(death => !BeforeTheLease.Contains(death.Step))], StopsMin);

    /// <summary>The steps of the keeper at which the disk under the state folder runs full.</summary>
    public static IReadOnlyList<Death> Fulls(string fault) => Chosen(fault, name =>
    [
        .. from step in KeeperSteps
           where step != HalfWay || InSteps.Contains(name)
           from reserve in new[] { FullDisks.ReserveStays, FullDisks.ReserveGoes }
           select new Death(Victim.Disk, step, reserve),
    ], FullsMin);

    /// <summary>Lives through one death; fails with what was not as before.</summary>
    public static async Task LiveThroughAsync(FaultCase fault, Death death)
    {
        using var playground = new Playground();
        var (arguments, look) = await fault.Arrange(playground);
        var before = look();
        await (death.Victim switch
        {
            Victim.Serve => ServeDeaths.LiveThroughAsync(playground, fault.Fault, arguments, death),
            Victim.Disk => FullDisks.LiveThroughAsync(playground, fault.Fault, arguments, death),
            _ => LiveThroughAsync(playground, fault.Fault, arguments, death),
        });

        // In every other case whoever was left has recovered it unasked.
        Assert.Equal(before, look());
        Assert.Empty(new Sweep(playground.State, BootClock.System).Open().Select(folder => folder.Uid));
        Assert.Empty(playground.State.Claims.Holders());
        await CountAsync($"{fault.Fault}: {death}\n");
    }

    private static async Task LiveThroughAsync(Playground playground, string fault, string[] arguments, Death death)
    {
        using var inject = playground.Start($"{death.Role}:{death.Step}", ["inject", fault, "--uid", Uid, "-t", "10m", .. death.IsStop ? (string[])["--lease", "1s"] : [], .. arguments]);
        if (death.IsDuringRecovery)
        {
            var answer = await inject.EndAsync();
            Assert.True(answer.Code == 0, answer.ToString());
            playground.Record(Uid).Keeper!.Value.Signal(Signals.Terminate);
        }

        ProcessIdentity? paused = null;
        await Wait.UntilAsync(() => (paused = playground.Paused(death.Verb)) is not null, $"{death.Role} reaches {death.Step}");
        await (death.IsStop ? OutlastAsync(playground, death, paused!.Value) : KillAsync(playground, death, paused!.Value, inject));
        if (death.NeedsSweep)
        {
            var swept = await playground.RunAsync("recover", "--all");
            Assert.True(swept.Code == 0, swept.ToString());
        }
    }

    private static IEnumerable<Death> Steps(string fault, params int[] signals) =>
        from pair in new[] { (Victim.Cli, CliSteps), (Victim.Keeper, KeeperSteps), (Victim.Guardian, GuardianSteps), (Victim.Both, BothSteps), (Victim.Serve, ServeSteps) }
        from step in pair.Item2
        where step != HalfWay || InSteps.Contains(fault)
        from signal in signals
        select new Death(pair.Item1, step, signal);

    // So many of all there are, spread evenly: what comes next to one fault's deaths are the next fault's, so that all together every step of every victim is met by every signal.
    // The step that few faults have is always among them.
    private static IReadOnlyList<Death> Chosen(string fault, Func<string, IReadOnlyList<Death>> all, int min)
    {
        var wanted = Environment.GetEnvironmentVariable("CRATER_KILLS");
        if (wanted == "all")
        {
            return all(fault);
        }

        min = int.TryParse(wanted, NumberStyles.None, CultureInfo.InvariantCulture, out var kills) ? Math.Max(1, min * kills / KillsMin) : min;
        var total = FaultCase.All.Sum(known => all(known.Fault).Count);
        var from = FaultCase.All.TakeWhile(known => known.Fault != fault).Sum(known => all(known.Fault).Count);
        return [.. all(fault).Where((death, place) => death.Step == HalfWay || (from + place + 1) * min / total > (from + place) * min / total)];
    }

    // For who wants to know how many there were: one line each.
    private static async Task CountAsync(string line)
    {
        if (Environment.GetEnvironmentVariable("CRATER_KILLS_LOG") is { Length: > 0 } log)
        {
            await Log.WaitAsync();
            await File.AppendAllTextAsync(log, line);
            Log.Release();
        }
    }

    private static async Task KillAsync(Playground playground, Death death, ProcessIdentity paused, CraterProcess inject)
    {
        List<ProcessIdentity> dying = [paused];
        if (death.Victim == Victim.Both)
        {
            // All at one moment: first nobody can act, then nobody is.
            dying.AddRange(StopGuardians(playground));
        }

        dying.ForEach(process => process.Signal(death.Signal));
        dying.ForEach(process => process.Signal(Signals.Continue));
        await inject.EndAsync();
        var stays = death is { Victim: Victim.Cli, Step: "answered" };
        await Wait.UntilAsync(() => playground.OwnCraterds().Count == (stays ? 2 : 0), $"nobody of craterd is left, but {string.Join(", ", playground.OwnCraterds())}");
    }

    // It has stopped itself at its step; all there is to do is to let the time pass. Whoever is left then ends it, or ends without it.
    private static async Task OutlastAsync(Playground playground, Death death, ProcessIdentity paused)
    {
        if (death.Victim == Victim.Both)
        {
            StopGuardians(playground);
            await Wait.UntilAsync(() => playground.State.Find(Uid)!.Lease is { } lease && lease.HasPassed(BootClock.System.Now), "the lease is over");
            return;
        }

        await Wait.UntilAsync(() => playground.State.Find(Uid)?.IsClosed == true && playground.OwnCraterds().All(process => process == paused), "whoever is left has recovered it");
        paused.Signal(Signals.Continue);
        await Wait.UntilAsync(() => playground.OwnCraterds().Count == 0, "who wakes up late finds it done");
    }

    /// <summary>Ends keeper and guardian of an injection at one moment: first nobody can act, then nobody is.</summary>
    public static void KillBoth(InjectionRecord record)
    {
        foreach (var signal in new[] { Signals.Stop, Signals.Kill })
        {
            record.Keeper!.Value.Signal(signal);
            record.Guardian!.Value.Signal(signal);
        }
    }

    private static List<ProcessIdentity> StopGuardians(Playground playground)
    {
        var guardians = playground.OwnCraterds().Where(process => ProcessStat.CommandLine(process.Pid).Contains("/craterd guard", StringComparison.Ordinal)).ToList();
        guardians.ForEach(guardian => guardian.Signal(Signals.Stop));
        return guardians;
    }
}
