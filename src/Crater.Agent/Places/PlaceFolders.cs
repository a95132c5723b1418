using System.Globalization;
using Crater.Agent.Host;
using Crater.Agent.State;

namespace Crater.Agent.Places;

/// <summary>
/// The folders of a place as craterd may use them: each is opened beneath the place's root with no link followed, and goes by the number of its descriptor
/// (<c>/proc/self/fd/N/NAME</c>). Whatever the place does with its links and folders meanwhile, nothing outside it can be reached this way; a path through
/// <c>/proc/PID/root</c> would follow a link of the container to the host.
/// </summary>
internal sealed unsafe class PlaceFolders : IDisposable
{
    private const int LinksMax = 40;
    private const nint OpenBeneathCall = 437;       // openat2, the same number on every architecture
    private const ulong NoMagicLinks = 0x02;
    private const ulong NoLinks = 0x04;
    private const ulong InRoot = 0x10;

    private readonly Descriptor _root;
    private readonly Dictionary<string, Descriptor> _open = new(StringComparer.Ordinal);
    private readonly IReadOnlyDictionary<string, string>? _carriers;

    private PlaceFolders(Descriptor root, bool isTheSame, IReadOnlyDictionary<string, string>? carriers) => (_root, IsTheSame, _carriers) = (root, isTheSame, carriers);

    /// <summary>It is the root that was seen when the fault was prepared; else its files may be on another device number.</summary>
    public bool IsTheSame { get; }

    /// <summary>Through the place's first process, or another one in the same mount namespace; else through the container that has the same id now; null when there is none.</summary>
    public static PlaceFolders? Open(Place place) =>
        OfProcess(place.Process, isTheSame: true) ?? Neighbours(place).Select(process => OfProcess(process, isTheSame: true)).FirstOrDefault(found => found is not null) ?? OfSuccessor(place);

    /// <summary>Through the host, where the folders themselves are the host's: <paramref name="carriers"/> has the host's path of each.</summary>
    public static PlaceFolders OfHost(IReadOnlyDictionary<string, string> carriers) => new(Descriptor.Open("/", Libc.PathOnly), isTheSame: true, carriers);

    /// <summary>A path without links and dots in it, as the place itself would resolve it; the last part may be missing.</summary>
    /// <exception cref="HostException">A folder on the way is not there, or the links go in circles.</exception>
    public string Resolve(string path, bool followLast)
    {
        List<string> done = [];
        LinkedList<string> left = new(path.Split('/', StringSplitOptions.RemoveEmptyEntries));
        for (var links = 0; left.First is { } next; left.Remove(next))
        {
            if (next.Value == "..")
            {
                done.RemoveRange(Math.Max(done.Count - 1, 0), Math.Min(done.Count, 1));
            }
            else if (next.Value != "." && (next.Next is not null || followLast) && Link(Folder(done), next.Value) is { } target)
            {
                if (++links > LinksMax)
                {
                    throw new HostException($"{path} leads in circles", 40 /* ELOOP */);
                }

                done.RemoveRange(0, target.StartsWith('/') ? done.Count : 0);
                var after = next;
                foreach (var part in target.Split('/', StringSplitOptions.RemoveEmptyEntries))
                {
                    after = left.AddAfter(after, part);
                }
            }
            else if (next.Value != ".")
            {
                done.Add(next.Value);
            }
        }

        _ = Folder(done[..Math.Max(done.Count - 1, 0)]);
        return "/" + string.Join('/', done);
    }

    /// <summary>The name by which this process may use a resolved path while this object lives.</summary>
    /// <exception cref="HostException">Its folder is not there, or has a link on the way that was not there before.</exception>
    public string Seen(string path)
    {
        var parts = path.Split('/', StringSplitOptions.RemoveEmptyEntries);
        return parts.Length == 0 ? $"/proc/self/fd/{Folder([]).Number}/." : $"/proc/self/fd/{Folder([.. parts[..^1]]).Number}/{parts[^1]}";
    }

    /// <summary>A folder itself.</summary>
    public Descriptor Folder(string path) => Folder([.. path.Split('/', StringSplitOptions.RemoveEmptyEntries)]);

    /// <summary>A text with the place's own paths again where <see cref="Seen"/> stands in it.</summary>
    public string Back(string text)
    {
        foreach (var (folder, descriptor) in _open)
        {
            text = text.Replace(string.Create(CultureInfo.InvariantCulture, $"/proc/self/fd/{descriptor.Number}/"), folder == "/" ? "/" : folder + "/", StringComparison.Ordinal);
        }

        return text;
    }

    public void Dispose()
    {
        foreach (var folder in _open.Values)
        {
            folder.Dispose();
        }

        _root.Dispose();
    }

    private Descriptor Folder(List<string> parts)
    {
        var path = "/" + string.Join('/', parts);
        if (!_open.TryGetValue(path, out var folder))
        {
            var real = _carriers is null ? path : _carriers.GetValueOrDefault(path) ?? throw new HostException($"{path} could not be found on the host", Errno.NoEntry);
            _open[path] = folder = Beneath(real);
        }

        return folder;
    }

    private Descriptor Beneath(string path)
    {
        var how = stackalloc ulong[] { (ulong)(Libc.PathOnly | Libc.CloseOnExec), 0, InRoot | NoLinks | NoMagicLinks };
        fixed (byte* name = System.Text.Encoding.UTF8.GetBytes(path + "\0"))
        {
            var number = (int)Libc.SystemCall(OpenBeneathCall, _root.Number, (nint)name, (nint)how, 3 * sizeof(ulong));
            return number >= 0 ? new Descriptor(number) : throw new HostException($"{path} could not be entered", Errno.Last);
        }
    }

    private static string? Link(Descriptor folder, string name)
    {
        var target = stackalloc byte[4096];
        var length = (int)Libc.ReadLink(folder.Number, name, target, 4096);
        return length < 0 ? null : System.Text.Encoding.UTF8.GetString(target, length);
    }

    private static PlaceFolders? OfProcess(ProcessIdentity process, bool isTheSame)
    {
        Descriptor root;
        try
        {
            root = Descriptor.Open($"/proc/{process.Pid}/root", Libc.PathOnly);
        }
        catch (HostException)
        {
            return null;
        }

        // Only after it is held does the process say for good whose root it is.
        if (process.IsAlive)
        {
            return new PlaceFolders(root, isTheSame, carriers: null);
        }

        root.Dispose();
        return null;
    }

    private static IEnumerable<ProcessIdentity> Neighbours(Place place) =>
        from stat in place.Process.Boot == BootClock.System.Boot && place.Namespaces.GetValueOrDefault("mnt", "") is { Length: > 0 } ? ProcessStat.All() : []
        where !stat.HasEnded && Place.Namespace(stat.Pid, "mnt") == place.Namespaces["mnt"] && Place.Namespace(stat.Pid, "mnt") != Place.Namespace(Libc.GetPid(), "mnt")
        select new ProcessIdentity(stat.Pid, stat.StartTicks, BootClock.System.Boot);

    private static PlaceFolders? OfSuccessor(Place place)
    {
        try
        {
            return place.Container.Length > 0 && PlaceSearch.Find(new Dictionary<string, string> { ["container"] = place.Container }) is { } now ? OfProcess(now.Process, isTheSame: false) : null;
        }
        catch (AgentException)
        {
            return null;        // it does not run
        }
    }
}
