using Crater.Agent.Host;
using Crater.Agent.Keeping;
using Crater.EndToEnd.Tests.CommandLine;
using Xunit;

namespace Crater.EndToEnd.Tests.Agent;

/// <summary>Who dies.</summary>
internal enum Victim { Cli, Keeper, Guardian, Both }

/// <summary>One death: of whom, at which step, by which signal.</summary>
internal sealed record Death(Victim Victim, string Step, int Signal)
{
    /// <summary>Steps after which the keeper has been asked to recover.</summary>
    public bool IsDuringRecovery => Step is "recovering" or "undone";

    /// <summary>The one who asked knew that the fault was in place, so it stays until somebody recovers it; or nobody is left to do it.</summary>
    public bool NeedsSweep => this is { Victim: Victim.Cli, Step: "answered" } || Victim == Victim.Both;

    public override string ToString() => $"{Victim} at {Step} by {Signal}";
}

/// <summary>Puts a fault on, kills somebody at a named step, and looks whether everything is as it was.</summary>
internal static class KillMatrix
{
    private static readonly string[] KeeperSteps = ["begun", "intent-written", "guardian-armed", "half-way", "fault-in-place", "injected-written", "reported", "recovering", "undone"];
    private static readonly string[] GuardianSteps = ["begun", "armed"];
    private static readonly string[] CliSteps = ["keeper-started", "asked", "answered"];
    private static readonly string[] BothSteps = ["guardian-armed", "half-way", "fault-in-place", "reported", "recovering", "undone"];

    /// <summary>Faults that take more than one step to put on.</summary>
    private static readonly string[] InSteps = ["file-create", "file-modify"];

    /// <summary>Every death that this fault can meet.</summary>
    public static IReadOnlyList<Death> Deaths(string fault) =>
    [
        .. from death in All(Victim.Cli, CliSteps).Concat(All(Victim.Keeper, KeeperSteps)).Concat(All(Victim.Guardian, GuardianSteps)).Concat(All(Victim.Both, BothSteps))
           where death.Step != "half-way" || InSteps.Contains(fault)
           select death,
    ];

    /// <summary>Lives through one death; fails with what was not as before.</summary>
    public static async Task LiveThroughAsync(FaultCase fault, Death death)
    {
        using var playground = new Playground();
        var (arguments, look) = await fault.Arrange(playground);
        var before = look();
        const string Uid = "kill-me";
        var role = death.Victim switch { Victim.Cli => "cli", Victim.Guardian => "guardian", _ => "keeper" };
        using var inject = playground.Start($"{role}:{death.Step}", ["inject", fault.Fault, "--uid", Uid, "-t", "10m", .. arguments]);
        if (death.IsDuringRecovery)
        {
            var answer = await inject.EndAsync();
            Assert.True(answer.Code == 0, answer.ToString());
            playground.Record(Uid).Keeper!.Value.Signal(Signals.Terminate);
        }

        var verb = death.Victim switch { Victim.Cli => "inject", Victim.Guardian => "guard", _ => "keep" };
        ProcessIdentity? paused = null;
        await Wait.UntilAsync(() => (paused = playground.Paused(verb)) is not null, $"{role} reaches {death.Step}");
        Kill(playground, death, paused!.Value);
        await inject.EndAsync();
        var stays = death is { Victim: Victim.Cli, Step: "answered" };
        await Wait.UntilAsync(() => playground.OwnCraterds().Count == (stays ? 2 : 0), $"nobody of craterd is left, but {string.Join(", ", playground.OwnCraterds())}");
        if (death.NeedsSweep)
        {
            var swept = await playground.RunAsync("recover", "--all");
            Assert.True(swept.Code == 0, swept.ToString());
        }

        // In every other case whoever was left has recovered it unasked.
        Assert.Equal(before, look());
        Assert.Empty(new Sweep(playground.State, BootClock.System).Open().Select(folder => folder.Uid));
        Assert.Empty(playground.State.Claims.Holders());
    }

    private static IEnumerable<Death> All(Victim victim, string[] steps) =>
        from step in steps from signal in new[] { Signals.Kill, Signals.Terminate } select new Death(victim, step, signal);

    private static void Kill(Playground playground, Death death, ProcessIdentity paused)
    {
        List<ProcessIdentity> dying = [paused];
        if (death.Victim == Victim.Both)
        {
            // All at one moment: first nobody can act, then nobody is.
            var others = playground.OwnCraterds().Where(other => other != paused && ProcessStat.CommandLine(other.Pid).Contains("/craterd guard", StringComparison.Ordinal)).ToList();
            others.ForEach(other => other.Signal(Signals.Stop));
            dying.AddRange(others);
        }

        dying.ForEach(process => process.Signal(death.Signal));
        dying.ForEach(process => process.Signal(Signals.Continue));
    }
}
