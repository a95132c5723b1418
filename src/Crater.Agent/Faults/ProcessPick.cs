using Crater.Agent.Host;
using Crater.Agent.Places;
using Crater.Agent.State;

namespace Crater.Agent.Faults;

/// <summary>Which processes a fault hits: one by pid, or all whose command line holds a text. Once picked they are identities, never names or numbers again.</summary>
internal static class ProcessPick
{
    private const string Key = "processes";

    public static FaultParameter Start { get; } =
        new("start", ParameterType.Integer, "When the process of that pid was started, as /proc/PID/stat has it (field 22); refused when its pid belongs to another one by now.") { Unit = "ticks" };

    public static IReadOnlyList<FaultParameter> Parameters { get; } =
    [
        new("pid", ParameterType.Integer, "The process; in a place, by the number that it has there.") { Short = 'p', Min = 2, Max = int.MaxValue },
        Start,
        new("key", ParameterType.Text, "Every process of the host, or of the place, whose command line holds this text; never craterd, nor whoever started it.") { Short = 'k' },
    ];

    public static IReadOnlyList<string> OneOf { get; } = ["pid", "key"];

    /// <summary>A place, and none of its processes named: all of it is meant.</summary>
    public static bool IsWhole(FaultRequest request) => request.Place is not null && OneOf.All(name => !request.Has(name));

    /// <exception cref="AgentException">CRT5583: there is none.</exception>
    public static IReadOnlyList<ProcessIdentity> Find(FaultRequest request)
    {
        IReadOnlyList<ProcessIdentity> found = request.Place is { } place ? InPlace(request, place) : request.Has("pid")
            ? One(request) is { } one ? [one] : []
            : Matching(request.Text("key"), ProcessStat.All());
        return found.Count > 0 ? found : throw new AgentException("CRT5583", ExitCodes.Host,
            IsWhole(request) ? $"{request.Place!.Asked} has no process of its own. Look with: craterd inventory."
            : request.Has("pid") ? $"There is no process {request.Text("pid")}. It may have ended; look with: ps -e." : $"No process has '{request.Text("key")}' in its command line. Look with: ps -ef.");
    }

    /// <summary>The process of the pid that was given, as the host numbers it; null when there is none.</summary>
    /// <exception cref="AgentException">CRT5701: it is another one than was chosen.</exception>
    public static ProcessIdentity? One(FaultRequest request) =>
        ProcessStat.Read((int)request.Number("pid")) is { HasEnded: false } stat ? Identity(TheSame(stat, request)) : null;

    public static void Capture(IReadOnlyList<ProcessIdentity> processes, Dictionary<string, string> undo) => undo[Key] = string.Join(' ', processes);

    public static IReadOnlyList<ProcessIdentity> Captured(UndoData undo) =>
        [.. undo[Key].Split(' ').Select(text => ProcessIdentity.Parse(text) ?? throw new DamagedStateException("undo", $"{text} is no process"))];

    /// <exception cref="AgentException">CRT5560: they belong to somebody else.</exception>
    public static void RefuseForeign(IReadOnlyList<ProcessIdentity> processes)
    {
        foreach (var process in processes.Where(process => process.Signal(0) == Errno.NotPermitted))
        {
            throw new AgentException("CRT5560", ExitCodes.Host,
                $"Process {process.Pid} belongs to another user, and {CurrentUser.Name} may not signal it. It takes CAP_KILL, or the user that it belongs to.");
        }
    }

    // Nobody's command line lacks the empty text, so that a whole place is everybody in it but craterd.
    private static IReadOnlyList<ProcessIdentity> InPlace(FaultRequest request, Place place) => !request.Has("pid")
        ? Matching(request.Text("key"), place.Members())
        : [.. place.Members().Where(stat => PlaceSearch.NumberInside(stat.Pid) == request.Number("pid")).Select(stat => Identity(TheSame(stat, request)))];

    private static IReadOnlyList<ProcessIdentity> Matching(string key, IEnumerable<ProcessStat> among)
    {
        // Whoever started craterd has the key in its own command line.
        HashSet<int> ours = [];
        for (var pid = Libc.GetPid(); pid > 0 && ours.Add(pid);)
        {
            pid = ProcessStat.Read(pid)?.Parent ?? 0;
        }

        return [.. among.Where(stat => stat.Pid > 1 && !stat.HasEnded && !ours.Contains(stat.Pid) && stat.Name is not ("craterd" or "chaosmetad")
            && ProcessStat.CommandLine(stat.Pid).Contains(key, StringComparison.Ordinal)).Select(Identity)];
    }

    // Whoever chose it looked at it earlier, perhaps from another machine.
    private static ProcessStat TheSame(ProcessStat stat, FaultRequest request) =>
        !request.Has("start") || request.Number("start") == stat.StartTicks ? stat : throw new AgentException("CRT5701", ExitCodes.Host,
            $"The process that was chosen has ended: pid {stat.Pid} was started at tick {stat.StartTicks} and not at {request.Number("start")}, so it is another one now. Choose again.");

    private static ProcessIdentity Identity(ProcessStat stat) => new(stat.Pid, stat.StartTicks, BootClock.System.Boot);
}
