using System.Diagnostics;

namespace Crater.Lab.Spawning;

/// <summary>Whether and how this user can give the lab a PID namespace of its own: as root, or by a user namespace.</summary>
internal static class PidNamespace
{
    private static readonly string[] Common = ["--pid", "--fork", "--kill-child=KILL", "--mount-proc"];

    /// <summary>The argument vector in front of a program that makes it init of a new PID namespace; null where that cannot be done.</summary>
    public static IReadOnlyList<string>? Vector()
    {
        if (Programs.Find("unshare", Environment.GetEnvironmentVariable("PATH") ?? "") is not { } unshare)
        {
            return null;
        }

        IReadOnlyList<string> vector = Native.GetEffectiveUser() == 0 ? [unshare, .. Common] : [unshare, "--user", "--map-current-user", .. Common];
        return Works(vector) ? vector : null;
    }

    /// <summary>Kernels and containers forbid it in many ways; the only sure test is to do it.</summary>
    private static bool Works(IReadOnlyList<string> vector)
    {
        var start = new ProcessStartInfo(vector[0]) { RedirectStandardError = true, RedirectStandardOutput = true };
        foreach (var argument in vector.Skip(1).Append("true"))
        {
            start.ArgumentList.Add(argument);
        }

        using var process = Process.Start(start);
        process?.WaitForExit();
        return process?.ExitCode == 0;
    }
}
