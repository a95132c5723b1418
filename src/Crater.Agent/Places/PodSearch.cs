using Crater.Agent.Host;

namespace Crater.Agent.Places;

/// <summary>One container of a pod, as its processes' control groups tell.</summary>
/// <param name="Tops">The container's own path per controller.</param>
/// <param name="Members">Its processes, the oldest first.</param>
internal sealed record PodContainer(ContainerName Name, IReadOnlyDictionary<string, string> Tops, IReadOnlyList<ProcessStat> Members);

/// <summary>
/// Finds a pod by its uid in the control groups of all processes. The uid is what tells a pod from a later one of the same name; the id of a container, where one is
/// given, is second evidence: both must meet in one group.
/// </summary>
internal static class PodSearch
{
    /// <summary>The programs that runtimes keep a pod's namespaces with.</summary>
    private static readonly string[] Sandboxes = ["pause", "pod"];

    /// <summary>The containers of a pod among these processes, in the order of their start; those of its sandbox among them.</summary>
    public static IReadOnlyList<PodContainer> Containers(IEnumerable<(ProcessStat Process, IReadOnlyDictionary<string, string> Paths)> everyone, string uid) =>
    [
        .. from one in everyone
           from entry in one.Paths
           let found = PodName.Container(entry.Value, uid)
           where found is not null
           group (one.Process, entry.Key, found.Value.Name, found.Value.Path) by found.Value.Name.Id into container
           let members = container.Select(entry => entry.Process).DistinctBy(process => process.Pid).OrderBy(process => process.StartTicks).ThenBy(process => process.Pid).ToList()
           orderby members[0].StartTicks
           select new PodContainer(
               container.Select(entry => entry.Name).MaxBy(name => name.Runtime.Length),
               container.DistinctBy(entry => entry.Key).ToDictionary(entry => entry.Key, entry => entry.Path, StringComparer.Ordinal),
               members),
    ];

    /// <summary>Whether it only keeps the pod's namespaces.</summary>
    public static bool IsSandbox(PodContainer container) => container.Members is [{ } only] && Sandboxes.Contains(only.Name);

    /// <summary>The one that is meant: of this id; without one, the sandbox, which lives as long as the pod, else the oldest container.</summary>
    /// <param name="container">As the pod's status has it (<c>containerd://ID</c>); empty for the pod at large.</param>
    /// <exception cref="AgentException">CRT5625: there is no such pod here. CRT5626: it has no such container now, or only its sandbox has that id.</exception>
    public static PodContainer Choose(IReadOnlyList<PodContainer> containers, string uid, string container)
    {
        if (containers.Count == 0)
        {
            throw new AgentException("CRT5625", ExitCodes.Host, $"No process of this host is in a control group of the pod {uid}. It may have ended or run elsewhere; look with: kubectl get pod -o wide. craterd has to run in the pid and cgroup namespaces of the host.");
        }

        if (container.Length == 0)
        {
            return containers.FirstOrDefault(IsSandbox) ?? containers[0];
        }

        var id = ContainerName.Plain(container);
        return containers.FirstOrDefault(one => one.Name.Is(id) && !IsSandbox(one)) ?? throw new AgentException("CRT5626", ExitCodes.Host,
            $"The pod {uid} has no container {id} now; it has {string.Join(", ", containers.Select(one => $"{one.Name.Id}{(IsSandbox(one) ? " (its sandbox)" : "")}"))}. It may have been started anew since the run was planned: nothing was touched; plan again.");
    }

    /// <summary>Whether the place shares with the host what a fault of that family would change for everybody on it.</summary>
    /// <param name="family">The fault's.</param>
    /// <exception cref="AgentException">CRT5627: it does.</exception>
    public static void RefuseShared(Place place, string fault, string family)
    {
        var kind = family switch { "network" or "http" or "dns" => "net", "file" or "disk" => "mnt", _ => "" };
        if (!place.IsPod || kind.Length == 0)
        {
            return;
        }

        var inside = place.Namespaces.GetValueOrDefault(kind, "");
        if (inside.Length == 0 || inside == Place.Namespace(1, kind) || inside == Place.Namespace(Libc.GetPid(), kind))
        {
            throw new AgentException("CRT5627", ExitCodes.Host,
                $"{place.Asked} has no {(kind == "net" ? "network" : "files")} of its own but the host's, so {fault} would hit everything on the node. {(kind == "net" ? "Choose a pod without hostNetwork, or the node itself." : "Choose a pod with files of its own.")}");
        }
    }
}
