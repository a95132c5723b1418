using System.Diagnostics;
using Crater.Agent.Host;

namespace Crater.Agent.Keeping;

/// <summary>
/// The named moments at which the proofs kill. In builds for tests a process that reaches the step named in CRATERD_PAUSE_AT (<c>keeper:intent-written</c>) stops
/// itself with SIGSTOP, and the test decides how it dies. In what is published these calls are not there: the compiler leaves them out.
/// </summary>
internal static class Steps
{
    /// <summary>cli, serve, keeper, guardian or recover.</summary>
    public static string Role { get; set; } = "cli";

    [Conditional("CRATER_STEPS")]
    public static void Reached(string step)
    {
        if (Environment.GetEnvironmentVariable("CRATERD_PAUSE_AT") == $"{Role}:{step}")
        {
            // To this thread: sent to the process, another thread may be the first to stop, and this one would still go on for a moment, as far as an answer.
            _ = Libc.Raise(Libc.SignalStop);
        }
    }
}
