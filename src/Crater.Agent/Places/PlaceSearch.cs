using System.Globalization;
using Crater.Agent.Host;

namespace Crater.Agent.Places;

/// <summary>Finds the place that a person names, by looking at every process: no runtime is asked, so each of them will do, and so will an image without a shell.</summary>
internal static class PlaceSearch
{
    /// <summary>The options that name a place, as they stand in a request.</summary>
    public static IReadOnlyList<string> Options { get; } = ["container", "pid", "cgroup", "pod"];

    private static readonly string[] Kinds = ["net", "mnt", "pid"];

    /// <param name="asked">What was given, by option; <c>container-runtime</c> may stand beside <c>container</c>.</param>
    /// <returns>Null when no place was asked for.</returns>
    /// <exception cref="AgentException">CRT5610 to CRT5616: there is none, there are several, or it is the host's own.</exception>
    public static Place? Find(IReadOnlyDictionary<string, string> asked)
    {
        var given = Options.Where(option => asked.GetValueOrDefault(option, "").Length > 0).ToList();
        if (given is ["pod"] or ["container", "pod"])
        {
            return OfPod(asked["pod"], asked.GetValueOrDefault("container", ""));
        }

        var runtime = asked.GetValueOrDefault("container-runtime", "");
        if (given.Count > 1 || (runtime.Length > 0 && !given.Contains("container")))
        {
            throw new AgentException("CRT5616", ExitCodes.Usage, given.Count > 1
                ? $"{string.Join(" and ", given.Select(option => "--" + option))} are given; a fault has one place. Keep one."
                : "--container-runtime is given and no --container. Name the container too.");
        }

        return given.Count == 0 ? null : given[0] switch
        {
            "container" => OfContainer(ContainerName.Plain(asked["container"]), runtime),
            "pid" => OfProcess(asked["pid"]),
            _ => OfCgroup(asked["cgroup"]),
        };
    }

    private static Place OfContainer(string id, string runtime)
    {
        // A control group that has the host's files is no container, whatever its name.
        var ours = Place.Namespace(Libc.GetPid(), "mnt");
        var members = (
            from one in Everyone()
            from container in Containers(one.Paths, id)
            where Place.Namespace(one.Process.Pid, "mnt") is { Length: > 0 } own && own != ours
            select (one.Process, container.Name, container.Tops)).ToList();
        var ids = members.Select(member => member.Name.Id).Distinct().ToList();
        if (ids.Count != 1)
        {
            throw ids.Count == 0
                ? new AgentException("CRT5610", ExitCodes.Host,
                    $"No running container has the id '{id}'. Write the whole id or at least {ContainerName.PrefixLengthMin} digits of it, not its name, which /proc does not tell; look with your runtime: docker ps, podman ps, crictl ps, runc list.")
                : new AgentException("CRT5611", ExitCodes.Host, $"'{id}' begins the ids of {ids.Count} containers: {string.Join(", ", ids)}. Write more of it.");
        }

        var (first, name, tops) = members.OrderBy(member => NumberInside(member.Process.Pid) == 1 ? 0 : 1).ThenBy(member => Start(member.Process)).First();
        RefuseOther(name, runtime);
        return Make($"container={name.Id}", name.Id, name.Runtime.Length > 0 ? name.Runtime : ContainerName.RuntimeOf(runtime), first, tops);
    }

    /// <summary>The containers of that id among the paths of one process, each with its control group per controller.</summary>
    private static IEnumerable<(ContainerName Name, IReadOnlyDictionary<string, string> Tops)> Containers(IReadOnlyDictionary<string, string> paths, string id) =>
        from entry in paths
        where entry.Value.Contains(id, StringComparison.Ordinal)
        let top = Top(entry.Value, id)
        where top is not null
        group (entry.Key, top.Value.Name, top.Value.Path) by top.Value.Name.Id into container
        // Not every hierarchy tells the runtime; one that does is enough.
        select (container.Select(entry => entry.Name).MaxBy(name => name.Runtime.Length),
            (IReadOnlyDictionary<string, string>)container.ToDictionary(entry => entry.Key, entry => entry.Path, StringComparer.Ordinal));

    private static (ContainerName Name, string Path)? Top(string path, string id)
    {
        var parts = path.Split('/');
        for (var i = 1; i < parts.Length; i++)
        {
            if (ContainerName.Read(parts[i], parts[i - 1]) is { } name && name.Is(id))
            {
                return (name, string.Join('/', parts[..(i + 1)]));
            }
        }

        return null;
    }

    private static Place OfProcess(string pid) =>
        int.TryParse(pid, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && ProcessStat.Read(number) is { HasEnded: false } stat
            ? Make($"pid={number}", "", "", stat, Cgroups.PathsOf(number))
            : throw new AgentException("CRT5612", ExitCodes.Host, $"There is no process '{pid}' whose place could be taken. It may have ended; look with: ps -e.");

    // All of the pod has its network; what counts on somebody's account needs one of its containers.
    private static Place OfPod(string uid, string container)
    {
        var found = PodSearch.Choose(PodSearch.Containers(Everyone(), uid), uid, container);
        var tops = container.Length > 0 ? found.Tops : found.Tops.ToDictionary(top => top.Key, top => PodName.Top(top.Value, uid)!, StringComparer.Ordinal);
        var first = found.Members.OrderBy(member => NumberInside(member.Pid) == 1 ? 0 : 1).ThenBy(Start).First();
        return Make($"pod={uid}", found.Name.Id, found.Name.Runtime, first, tops);
    }

    private static Place OfCgroup(string path)
    {
        // Either a folder below one of the mounts, or a path as /proc/PID/cgroup has it.
        var mounts = Cgroups.Mounts();
        var mount = mounts.Where(entry => Cgroups.IsBelow(path, entry.Value.Point)).OrderByDescending(entry => entry.Value.Point.Length).FirstOrDefault();
        var asked = (mount.Value.Point is { } point ? mount.Value.Root.TrimEnd('/') + path[point.Length..] : "/" + path.TrimStart('/')).TrimEnd('/');
        var members = asked.Length == 0 ? [] : (
            from one in Everyone()
            let tops = one.Paths.Where(entry => Cgroups.IsBelow(entry.Value, asked)).ToDictionary(entry => entry.Key, _ => asked, StringComparer.Ordinal)
            where mount.Key is null ? tops.Count > 0 : tops.ContainsKey(mount.Key)
            orderby Start(one.Process)
            select (one.Process, tops)).Take(1).ToList();
        return members.Count > 0 ? Make($"cgroup={asked}", "", "", members[0].Process, members[0].tops) : throw new AgentException("CRT5613", ExitCodes.Host, asked.Length == 0
            ? $"'{path}' is the control group of the whole host; leave --cgroup out to put a fault there."
            : $"There is no process in the control group '{path}'. Write a path such as /sys/fs/cgroup/memory/NAME, or one as in /proc/PID/cgroup.");
    }

    private static Place Make(string asked, string container, string runtime, ProcessStat process, IReadOnlyDictionary<string, string> tops)
    {
        var identity = new ProcessIdentity(process.Pid, process.StartTicks, BootClock.System.Boot);
        var mounts = Cgroups.Mounts();
        var ours = Cgroups.PathsOf(Libc.GetPid());
        // What craterd is in itself, or what holds everybody, is the host's.
        var own = tops.Where(top => top.Value != "/" && !Cgroups.IsBelow(ours.GetValueOrDefault(top.Key, "/"), top.Value));
        var folders = own.Select(top => (top.Key, Folder: Cgroups.Folder(mounts, top.Key, top.Value))).Where(top => top.Folder is not null)
            .ToDictionary(top => top.Key, top => top.Folder!, StringComparer.Ordinal);
        var place = new Place(asked, container, runtime, identity, Kinds.ToDictionary(kind => kind, kind => Place.Namespace(process.Pid, kind)), folders);
        // Only now, since every look above could have been at a later process of the same pid.
        place.RefuseGone(ExitCodes.Host);
        return place;
    }

    private static IEnumerable<(ProcessStat Process, IReadOnlyDictionary<string, string> Paths)> Everyone() =>
        ProcessStat.All().Where(stat => !stat.HasEnded).Select(stat => (stat, Cgroups.PathsOf(stat.Pid)));

    private static long Start(ProcessStat stat) => stat.StartTicks;

    private static void RefuseOther(ContainerName container, string runtime)
    {
        if (runtime.Length > 0 && container.Runtime.Length > 0 && container.Runtime != ContainerName.RuntimeOf(runtime))
        {
            throw new AgentException("CRT5619", ExitCodes.Host, $"The container {container.Id} belongs to {container.Runtime}, and --container-runtime says {runtime}. Leave that option out, or name the right container.");
        }
    }

    /// <summary>The pid of a process in its innermost pid namespace; 0 when it is gone.</summary>
    internal static int NumberInside(int pid)
    {
        try
        {
            var line = File.ReadLines($"/proc/{pid}/status").FirstOrDefault(line => line.StartsWith("NSpid:", StringComparison.Ordinal));
            return line is null ? pid : int.Parse(line[(line.LastIndexOf('\t') + 1)..], CultureInfo.InvariantCulture);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return 0;
        }
    }
}
