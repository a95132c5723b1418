using Crater.Agent.Host;
using Crater.Agent.State;

namespace Crater.Agent.Places;

/// <summary>
/// Where a fault is put when it is not the host at large: a container, the surroundings of a process, a control group. Found once, from /proc alone, and from then on
/// known by what cannot come to mean something else: a process by pid, start and boot, its namespaces by their inodes. It goes to the keeper and into the undo data whole.
/// </summary>
/// <param name="Asked">What was asked for, as <c>container=ID</c>, <c>pid=N</c>, <c>cgroup=PATH</c> or <c>pod=UID</c>.</param>
/// <param name="Container">The runtime's whole id; empty where no container was asked for.</param>
/// <param name="Runtime">docker, containerd, cri-o, podman, runc or crun; empty where that cannot be told.</param>
/// <param name="Process">The first process there; the place is gone when it has ended.</param>
/// <param name="Namespaces">By kind (net, mnt, pid), as the links of the process show them: <c>net:[4026531840]</c>.</param>
/// <param name="Cgroups">The folder of the place's control group by controller; version 2 has the empty name. What is the host's own is not among them.</param>
internal sealed record Place(
    string Asked, string Container, string Runtime, ProcessIdentity Process, IReadOnlyDictionary<string, string> Namespaces, IReadOnlyDictionary<string, string> Cgroups)
{
    private const string Prefix = "place.";

    /// <summary>The network namespace as text, for claims: what is claimed on the host is not claimed here.</summary>
    public string Network => Namespaces.GetValueOrDefault("net", "");

    /// <summary>A control group was asked for.</summary>
    public bool IsGroup => Asked.StartsWith("cgroup=", StringComparison.Ordinal);

    /// <summary>A pod of Kubernetes was asked for, or a container of one.</summary>
    public bool IsPod => Asked.StartsWith("pod=", StringComparison.Ordinal);

    /// <summary>By which the network namespace can be entered while the process lives.</summary>
    public string NetworkPath => $"/proc/{Process.Pid}/ns/net";

    /// <summary>Every process in it: in its control groups, or in its pid namespace where that is not craterd's.</summary>
    public IEnumerable<ProcessStat> Members()
    {
        var ours = Namespace(Libc.GetPid(), "pid");
        var inside = Namespaces.GetValueOrDefault("pid", "");
        var counted = Cgroups.Values.SelectMany(Places.Cgroups.Members).ToHashSet();
        return ProcessStat.All().Where(stat => !stat.HasEnded && (counted.Contains(stat.Pid) || (inside.Length > 0 && inside != ours && Namespace(stat.Pid, "pid") == inside)));
    }

    /// <exception cref="AgentException">CRT5614: its process ended since it was found, or the container was started anew.</exception>
    public void RefuseGone(int exit)
    {
        if (!Process.IsAlive)
        {
            throw new AgentException("CRT5614", exit, $"The process {Process.Pid} of {Asked} has ended since it was found; the container may have been started anew. Nothing was touched; inject again with a new uid.");
        }
    }

    /// <summary>The control group that a controller's fault has to be in; of version 1 where the kernel has that controller there.</summary>
    /// <exception cref="AgentException">CRT5615: the place has none of its own, so that the fault would be the host's.</exception>
    public string Cgroup(string controller) => Own(controller) ?? throw new AgentException("CRT5615", ExitCodes.Host,
        $"{Asked} has no control group of its own for {controller}, so the fault would be on the host at large. Look: cat /proc/{Process.Pid}/cgroup");

    /// <summary>The folders that a process has to be moved to, to be counted with the place.</summary>
    /// <param name="controllers">The first has to be there; the others are joined where they are.</param>
    /// <exception cref="AgentException">CRT5615: the first is not there.</exception>
    public IReadOnlyList<string> Joined(IReadOnlyList<string> controllers)
    {
        if (controllers.Count == 0)
        {
            return [];
        }

        _ = Cgroup(controllers[0]);
        return [.. controllers.Where(controller => Own(controller) is not null).Select(Leaf).Distinct()];
    }

    // Version 2 takes processes only where no other group is below, so that is where the place's own process is.
    private string Leaf(string controller)
    {
        var top = Own(controller)!;
        var leaf = Cgroups.ContainsKey(controller) ? null
            : Places.Cgroups.Folder(Places.Cgroups.Mounts(), Places.Cgroups.Unified, Places.Cgroups.PathsOf(Process.Pid).GetValueOrDefault(Places.Cgroups.Unified, "/"));
        return leaf is not null && Places.Cgroups.IsBelow(leaf, top) ? leaf : top;
    }

    // A controller that this kernel has in version 1 is not in version 2, whatever group the place has there.
    private string? Own(string controller) =>
        Cgroups.GetValueOrDefault(controller) ?? (Places.Cgroups.Mounts().ContainsKey(controller) ? null : Cgroups.GetValueOrDefault(Places.Cgroups.Unified));

    /// <summary>Everything as flat text, for a message or the undo data; <see cref="Of"/> reads it back.</summary>
    public IEnumerable<KeyValuePair<string, string>> Fields =>
    [
        new(Prefix + "asked", Asked), new(Prefix + "container", Container), new(Prefix + "runtime", Runtime), new(Prefix + "process", Process.ToString()),
        .. Namespaces.Select(entry => new KeyValuePair<string, string>($"{Prefix}ns.{entry.Key}", entry.Value)),
        .. Cgroups.Select(entry => new KeyValuePair<string, string>($"{Prefix}cgroup.{entry.Key}", entry.Value)),
    ];

    /// <summary>Null when the fields hold none: the fault is on the host.</summary>
    /// <exception cref="DamagedStateException">They hold half of one.</exception>
    public static Place? Of(IReadOnlyDictionary<string, string> fields)
    {
        if (!fields.TryGetValue(Prefix + "asked", out var asked))
        {
            return null;
        }

        var process = ProcessIdentity.Parse(fields.GetValueOrDefault(Prefix + "process", "")) ?? throw new DamagedStateException("place", "its process is none");
        return new Place(asked, fields.GetValueOrDefault(Prefix + "container", ""), fields.GetValueOrDefault(Prefix + "runtime", ""), process, Part(fields, "ns."), Part(fields, "cgroup."));
    }

    /// <summary>A namespace of a process, as its link shows it: <c>net:[4026531840]</c>; empty when it cannot be seen.</summary>
    /// <param name="kind">net, mnt or pid.</param>
    public static string Namespace(int pid, string kind)
    {
        try
        {
            return new FileInfo($"/proc/{pid}/ns/{kind}").LinkTarget ?? "";
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return "";
        }
    }

    private static Dictionary<string, string> Part(IReadOnlyDictionary<string, string> fields, string part) =>
        fields.Where(entry => entry.Key.StartsWith(Prefix + part, StringComparison.Ordinal)).ToDictionary(entry => entry.Key[(Prefix + part).Length..], entry => entry.Value, StringComparer.Ordinal);
}
