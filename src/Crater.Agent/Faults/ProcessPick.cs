using Crater.Agent.Host;
using Crater.Agent.State;

namespace Crater.Agent.Faults;

/// <summary>Which processes a fault hits: one by pid, or all whose command line holds a text. Once picked they are identities, never names or numbers again.</summary>
internal static class ProcessPick
{
    private const string Key = "processes";

    public static IReadOnlyList<FaultParameter> Parameters { get; } =
    [
        new("pid", ParameterType.Integer, "The process.") { Short = 'p', Min = 2, Max = int.MaxValue },
        new("key", ParameterType.Text, "Every process whose command line holds this text; never craterd, nor whoever started it.") { Short = 'k' },
    ];

    public static IReadOnlyList<string> OneOf { get; } = ["pid", "key"];

    /// <exception cref="AgentException">CRT5583: there is none.</exception>
    public static IReadOnlyList<ProcessIdentity> Find(FaultRequest request)
    {
        IReadOnlyList<ProcessIdentity> found = request.Has("pid")
            ? ProcessStat.Read((int)request.Number("pid")) is { HasEnded: false } stat ? [Identity(stat)] : []
            : Matching(request.Text("key"));
        return found.Count > 0 ? found : throw new AgentException("CRT5583", ExitCodes.Host,
            request.Has("pid") ? $"There is no process {request.Text("pid")}. It may have ended; look with: ps -e." : $"No process has '{request.Text("key")}' in its command line. Look with: ps -ef.");
    }

    public static void Capture(IReadOnlyList<ProcessIdentity> processes, Dictionary<string, string> undo) => undo[Key] = string.Join(' ', processes);

    public static IReadOnlyList<ProcessIdentity> Captured(UndoData undo) =>
        [.. undo[Key].Split(' ').Select(text => ProcessIdentity.Parse(text) ?? throw new DamagedStateException("undo", $"{text} is no process"))];

    /// <exception cref="AgentException">CRT5560: they belong to somebody else.</exception>
    public static void RefuseForeign(IReadOnlyList<ProcessIdentity> processes)
    {
        foreach (var process in processes.Where(process => process.Signal(0) == Errno.NotPermitted))
        {
            throw new AgentException("CRT5560", ExitCodes.Host,
                $"Process {process.Pid} belongs to another user, and {Environment.UserName} may not signal it. It takes CAP_KILL, or the user that it belongs to.");
        }
    }

    private static IReadOnlyList<ProcessIdentity> Matching(string key)
    {
        // Whoever started craterd has the key in its own command line.
        HashSet<int> ours = [];
        for (var pid = Libc.GetPid(); pid > 0 && ours.Add(pid);)
        {
            pid = ProcessStat.Read(pid)?.Parent ?? 0;
        }

        return [.. ProcessStat.All().Where(stat => stat.Pid > 1 && !stat.HasEnded && !ours.Contains(stat.Pid) && stat.Name is not ("craterd" or "chaosmetad")
            && ProcessStat.CommandLine(stat.Pid).Contains(key, StringComparison.Ordinal)).Select(Identity)];
    }

    private static ProcessIdentity Identity(ProcessStat stat) => new(stat.Pid, stat.StartTicks, BootClock.System.Boot);
}
