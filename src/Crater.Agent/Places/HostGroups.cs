using Crater.Agent.Host;

namespace Crater.Agent.Places;

/// <summary>
/// The control groups as process 1 sees them. In an unprivileged container every path of a control group is told from the container's own group (<c>/../../podX/…</c>), and so is what of a
/// hierarchy a mount shows; with the host's pids in view, process 1 has the namespace in which they are whole.
/// </summary>
internal static class HostGroups
{
    private const int NewGroups = 0x02000000;
    private const string Own = "/proc/thread-self/ns/cgroup";
    private const string OfInit = "/proc/1/ns/cgroup";

    /// <summary>Where the files of process 1 are, as far as the kernel lets one look at them from here.</summary>
    private const string RootOfInit = "/proc/1/root";

    /// <summary>
    /// Takes this process into the control group namespace of process 1, when it has another one and may. A namespace belongs to a thread, and keepers have to have it too: so it is the first
    /// thread that goes there, before anything else is done, and starts the program anew. Where it may not, all stays as it is, and what cannot be seen is not found.
    /// </summary>
    public static void Enter(IReadOnlyList<string> arguments)
    {
        if (Environment.ProcessPath is not { } program || Link(OfInit) is not { } wanted || Link(Own) == wanted)
        {
            return;
        }

        try
        {
            using var file = Descriptor.Open(OfInit, Libc.ReadOnly);
            // Looked at again, since a program that starts itself anew without having got there would do so for ever.
            if (Libc.EnterNamespace(file.Number, NewGroups) == 0 && Link(Own) == wanted)
            {
                Spawner.Become([program, .. arguments]);
            }
        }
        catch (HostException)
        {
            // Without the capabilities for it there is nothing to be gained.
        }
    }

    /// <summary>The mounts of a process, and where one of its own shows only a part of a hierarchy or none, the one of process 1 that shows all.</summary>
    public static IReadOnlyDictionary<string, (string Point, string Root)> Mounts()
    {
        var own = Cgroups.ParseMounts(File.ReadLines("/proc/self/mountinfo"));
        if (own.Count > 0 && own.Values.All(mount => mount.Root == "/"))
        {
            return own;
        }

        try
        {
            Dictionary<string, (string, string)> all = new(own, StringComparer.Ordinal);
            foreach (var (controller, mount) in Cgroups.ParseMounts(File.ReadLines("/proc/1/mountinfo")).Where(entry => entry.Value.Root == "/"))
            {
                if ((!own.TryGetValue(controller, out var there) || there.Root != "/") && Directory.Exists(RootOfInit + mount.Point))
                {
                    all[controller] = (RootOfInit + mount.Point, mount.Root);
                }
            }

            return all;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return own;
        }
    }

    private static string? Link(string path)
    {
        try
        {
            return new FileInfo(path).LinkTarget;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
