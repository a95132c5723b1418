namespace Crater.Lab.Spawning;

/// <summary>What keeps pods from outliving the lab.</summary>
public enum LifeLine
{
    /// <summary>The lab is init of a PID namespace: when it dies, the kernel kills everything in it.</summary>
    PidNamespace,

    /// <summary>Each pod's first process gets a signal when the lab dies; what it had started itself is swept at the next start.</summary>
    ParentDeathSignal,
}

/// <summary>The argument vector in front of a program that ties it to the life of this process.</summary>
internal static class Tie
{
    public static LifeLine Here => Native.GetPid() == 1 ? LifeLine.PidNamespace : LifeLine.ParentDeathSignal;

    /// <param name="tool">How Crater's own hidden tools are called, for machines without util-linux.</param>
    public static IReadOnlyList<string> Vector(IReadOnlyList<string> tool) => Here == LifeLine.PidNamespace
        ? []
        : Programs.Find("setpriv", Environment.GetEnvironmentVariable("PATH") ?? "") is { } setpriv
            ? [setpriv, "--pdeathsig", "KILL", "--"]
            : [.. tool, "lab-tool", "tie"];
}
