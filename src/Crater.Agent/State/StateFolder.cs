using System.Globalization;
using Crater.Agent.Host;

namespace Crater.Agent.State;

/// <summary>
/// Where craterd remembers: <c>injections/UID/</c> for each injection that was ever asked for, <c>claims/UID</c> for each that is not closed,
/// <c>quarantine/</c> for what could not be read. Readable by its owner alone.
/// </summary>
internal sealed class StateFolder
{
    private StateFolder(string path) => Path = path;

    public string Path { get; }

    public Claims Claims => new(System.IO.Path.Combine(Path, "claims"));

    private string Injections => System.IO.Path.Combine(Path, "injections");

    private string Quarantine => System.IO.Path.Combine(Path, "quarantine");

    /// <summary>CRATERD_STATE; else /var/lib/crater for root; else $XDG_STATE_HOME/crater or ~/.local/state/crater.</summary>
    /// <exception cref="AgentException">CRT5520: it cannot be made; CRT5521: others may write there.</exception>
    public static StateFolder Open(Func<string, string?> variable, bool isRoot)
    {
        var path = Place(variable, isRoot);
        try
        {
            foreach (var folder in new[] { path, "injections", "claims", "quarantine" })
            {
                Directory.CreateDirectory(System.IO.Path.Combine(path, folder), UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new AgentException("CRT5520", ExitCodes.Host,
                $"The state folder {path} cannot be made: {e.Message} Nothing is injected that cannot be written down first; make room or set CRATERD_STATE to a folder of your own.");
        }

        const UnixFileMode Others = UnixFileMode.GroupWrite | UnixFileMode.OtherWrite;
        if ((File.GetUnixFileMode(path) & Others) != 0)
        {
            throw new AgentException("CRT5521", ExitCodes.Host, $"Others may write to the state folder {path}, and so decide what is undone as {CurrentUser.Name}. Take that away: chmod go-w {path}.");
        }

        return new StateFolder(path);
    }

    /// <summary>Serializes who begins an injection; taken for milliseconds.</summary>
    /// <exception cref="AgentException">CRT5522: somebody holds it for too long.</exception>
    public FileLock Lock() => FileLock.Take(System.IO.Path.Combine(Path, "lock"), Limits.LockBudget)
        ?? throw new AgentException("CRT5522", ExitCodes.Host, $"Another craterd holds {Path}/lock for more than {Limits.LockBudget.TotalSeconds} s. Look with 'craterd query' and for a stopped craterd process.");

    /// <summary>Null when no such injection was ever asked for here.</summary>
    public InjectionFolder? Find(string uid)
    {
        var folder = PathOf(uid);
        return State.Uid.IsValid(uid) && Directory.Exists(folder) ? new InjectionFolder(folder, uid) : null;
    }

    /// <summary>Where the folder of an injection is, or would be.</summary>
    public string PathOf(string uid) => System.IO.Path.Combine(Injections, uid);

    /// <summary>Makes the folder of a new injection; null when there is one of this uid. One system call decides who was first.</summary>
    /// <exception cref="HostException">There is no room, or no permission.</exception>
    public InjectionFolder? Create(string uid)
    {
        var folder = PathOf(uid);
        if (Libc.MakeFolder(folder, 0x1C0 /* 0700 */) == 0)
        {
            SyncFolder(Injections);
            return new InjectionFolder(folder, uid);
        }

        return Errno.Last == Errno.Exists ? null : throw new HostException($"{folder} could not be made", Errno.Last);
    }

    /// <summary>Every injection that was ever asked for, by uid.</summary>
    public IEnumerable<InjectionFolder> All() => Directory.EnumerateDirectories(Injections).Order(StringComparer.Ordinal)
        .Select(folder => new InjectionFolder(folder, System.IO.Path.GetFileName(folder)));

    /// <summary>Puts what cannot be read aside, where it stays until a person has looked at it.</summary>
    /// <returns>Where it is now.</returns>
    public string SetAside(InjectionFolder folder)
    {
        for (var number = 1; ; number++)
        {
            var place = System.IO.Path.Combine(Quarantine, string.Create(CultureInfo.InvariantCulture, $"{folder.Uid}.{number}"));
            if (!Directory.Exists(place))
            {
                Directory.Move(folder.Path, place);
                Claims.Release(folder.Uid);
                return place;
            }
        }
    }

    /// <summary>What was put aside, by path.</summary>
    public IEnumerable<string> SetAside() => Directory.EnumerateDirectories(Quarantine).Order(StringComparer.Ordinal);

    /// <summary>Makes the names in a folder as durable as the content of its files.</summary>
    /// <exception cref="HostException">The kernel said no.</exception>
    public static void SyncFolder(string path)
    {
        using var folder = Descriptor.Open(path, Libc.ReadOnly);
        folder.Sync();
    }

    private static string Place(Func<string, string?> variable, bool isRoot)
    {
        if (variable("CRATERD_STATE") is { Length: > 0 } chosen)
        {
            return System.IO.Path.GetFullPath(chosen);
        }

        return isRoot ? "/var/lib/crater"
            : variable("XDG_STATE_HOME") is { Length: > 0 } home ? System.IO.Path.Combine(home, "crater")
            : System.IO.Path.Combine(variable("HOME") ?? "/", ".local/state/crater");
    }
}
