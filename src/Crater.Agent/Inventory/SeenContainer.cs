using Crater.Agent.Host;
using Crater.Agent.Places;

namespace Crater.Agent.Inventory;

/// <summary>One container as an inventory tells of it, found from /proc alone.</summary>
/// <param name="Id">The runtime's whole id.</param>
/// <param name="Runtime">docker, containerd, cri-o, podman, runc or crun; empty where its control group does not tell.</param>
/// <param name="Name">The program that it is there for: that of its first process which does more than start and watch others.</param>
/// <param name="Processes">Those in it, by pid.</param>
internal sealed record SeenContainer(string Id, string Runtime, string Name, IReadOnlyList<SeenProcess> Processes)
{
    /// <summary>First processes of containers that are there for another one.</summary>
    private static readonly string[] Starters = ["tini", "dumb-init", "docker-init", "catatonit", "podman-init", "s6-svscan", "runsv", "sh", "bash", "ash", "dash", "pause"];

    /// <summary>Every container that one of these processes is in.</summary>
    public static IReadOnlyList<SeenContainer> Among(IReadOnlyList<SeenProcess> processes)
    {
        var ours = (Mounts: Place.Namespace(Libc.GetPid(), "mnt"), Pids: Place.Namespace(Libc.GetPid(), "pid"));
        return
        [
            .. from process in processes
               let mounts = Place.Namespace(process.Stat.Pid, "mnt")
               where mounts.Length > 0 && mounts != ours.Mounts
               let name = NameOf(Cgroups.PathsOf(process.Stat.Pid).Values, hasOwnPids: Place.Namespace(process.Stat.Pid, "pid") != ours.Pids)
               where name is not null
               group (process, name.Value.Runtime) by name.Value.Id into container
               orderby container.Key
               select Of(container.Key, container.Max(one => one.Runtime) ?? "", [.. container.Select(one => one.process)]),
        ];
    }

    /// <summary>
    /// The container that the control groups of a process tell of; null for none. Most runtimes write the id in a way that nothing else does. runc and crun by themselves let a person choose it:
    /// there it is the last part of the path, and the process has pids of its own, which a service of systemd has not.
    /// </summary>
    internal static ContainerName? NameOf(IEnumerable<string> paths, bool hasOwnPids)
    {
        var named = (from path in paths
                     let parts = path.Split('/')
                     from at in Enumerable.Range(1, parts.Length - 1)
                     where parts[at].Length > 0
                     let name = ContainerName.Read(parts[at], parts[at - 1])
                     where name is not null
                     select (Name: name.Value, IsLast: at == parts.Length - 1 && !parts[at].EndsWith(".scope", StringComparison.Ordinal))).ToList();
        var certain = named.Where(one => one.Name.IsCertain).Select(one => one.Name).ToList();
        return certain.Count > 0 ? certain.MaxBy(name => name.Runtime.Length)
            : hasOwnPids && named.Where(one => one.IsLast && !one.Name.IsOfSystemd).Select(one => one.Name).ToList() is [var chosen, ..] ? chosen : null;
    }

    private static SeenContainer Of(string id, string runtime, IReadOnlyList<SeenProcess> processes)
    {
        var inOrder = processes.OrderBy(process => PlaceSearch.NumberInside(process.Stat.Pid)).ThenBy(process => process.Stat.Pid).ToList();
        return new SeenContainer(id, runtime, (inOrder.FirstOrDefault(process => !Starters.Contains(process.Name)) ?? inOrder[0]).Name, processes);
    }
}
