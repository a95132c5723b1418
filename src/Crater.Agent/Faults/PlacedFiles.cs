using Crater.Agent.Host;
using Crater.Agent.Places;
using Crater.Agent.State;

namespace Crater.Agent.Faults;

/// <summary>
/// A fault of files that can also be put into a place: on the host it is the fault itself; in a place the fault works on names that lead nowhere else
/// (<see cref="PlaceFolders"/>), and what is written down has the place's own paths.
/// </summary>
internal sealed class PlacedFiles(FileFault inner) : HostFault
{
    private const string CarrierKey = "carrier.";
    private const string DeviceKey = "device";

    public override FaultDescription Description => inner.Description;

    public override bool TakesPlace => true;

    public override string Capability => inner.Capability + ", and CAP_SYS_PTRACE for a place";

    public override string Check() => inner.Check();

    public override IReadOnlyList<string> Wants(FaultRequest request) => request.Place is null ? inner.Wants(request)
        : Within(request, (folders, seen) => inner.Wants(seen).Select(claim => Own(folders, request.Place, claim)).ToList());

    public override Preparation Prepare(FaultRequest request) => request.Place is null ? inner.Prepare(request) : Within(request, (folders, seen) =>
    {
        var found = inner.Prepare(seen);
        var undo = found.Undo.ToDictionary(entry => entry.Key, entry => folders.Back(entry.Value), StringComparer.Ordinal);
        foreach (var folder in Folders(undo))
        {
            undo[CarrierKey + folder] = Carrier.Of(request.Place, folders.Folder(folder), folder).ToString();
        }

        undo[DeviceKey] = Device(folders, undo["path"]);
        return new Preparation(undo, [.. found.Claims.Select(claim => Own(folders, request.Place, claim))], found.Mechanism + " In the place, by descriptors beneath its root.");
    });

    public override IDisposable? Inject(FaultRequest request, UndoData undo) => undo.Place is null ? inner.Inject(request, undo)
        : Within(undo, seen => inner.Inject(request, seen), () => throw new AgentException("CRT5614", ExitCodes.NotInjected, $"{undo.Place.Asked} has ended since it was found. Nothing was touched; inject again with a new uid."));

    public override Presence Look(UndoData undo) => undo.Place is null ? inner.Look(undo) : Within(undo, inner.Look, () => Presence.Unknown);

    public override void Recover(UndoData undo)
    {
        if (undo.Place is null)
        {
            inner.Recover(undo);
            return;
        }

        Within(undo, seen =>
        {
            inner.Recover(seen);
            return true;
        }, () => true);
    }

    public override bool IsTargetGone(UndoData undo) => undo.Place is null ? inner.IsTargetGone(undo) : Within(undo, inner.IsTargetGone, () => true);

    public override string Fingerprint(UndoData undo) => undo.Place is null ? inner.Fingerprint(undo) : Within(undo, inner.Fingerprint, () => "gone");

    public override string LookWith(UndoData undo) => undo.Place is null ? inner.LookWith(undo)
        : $"ls -lai {(undo.Place.Process.IsAlive ? $"/proc/{undo.Place.Process.Pid}/root{Path.GetDirectoryName(undo["path"])}" : Carriers(undo).Values.First().Path)}";

    /// <summary>With the names of a request as this process may use them.</summary>
    private T Within<T>(FaultRequest request, Func<PlaceFolders, FaultRequest, T> act)
    {
        using var folders = PlaceFolders.Open(request.Place!) ?? throw new AgentException("CRT5614", ExitCodes.Host, $"{request.Place!.Asked} has ended since it was found. Nothing was touched; inject again with a new uid.");
        try
        {
            var arguments = request.Arguments.ToDictionary(StringComparer.Ordinal);
            foreach (var parameter in Description.Parameters.Where(parameter => parameter.Type == ParameterType.Path && request.Has(parameter.Name)))
            {
                arguments[parameter.Name] = folders.Seen(folders.Resolve(request.Text(parameter.Name), inner.FollowsLinks));
            }

            return act(folders, request with { Arguments = arguments });
        }
        catch (HostException e)
        {
            throw new AgentException("CRT5591", ExitCodes.Host, $"A folder is not there in {request.Place!.Asked}, or cannot be entered: {folders.Back(e.Message)}");
        }
        catch (AgentException e)
        {
            throw new AgentException(e.Code, e.Exit, folders.Back(e.Message));
        }
    }

    /// <summary>With the names of the undo data as this process may use them.</summary>
    /// <param name="gone">What it is when the place and its files are gone.</param>
    private static T Within<T>(UndoData undo, Func<UndoData, T> act, Func<T> gone)
    {
        using var folders = Reach(undo);
        if (folders is null)
        {
            return gone();
        }

        try
        {
            var (then, now) = (undo[DeviceKey], folders.IsTheSame ? undo[DeviceKey] : Device(folders, undo["path"]));
            var values = undo.Values.ToDictionary(
                entry => entry.Key, entry => FileFault.OwnNameKeys.Contains(entry.Key) ? folders.Seen(entry.Value) : entry.Key == "inode" ? Moved(entry.Value, then, now) : entry.Value, StringComparer.Ordinal);
            return act(new UndoData(values)) is var found && found is string text ? (T)(object)folders.Back(Moved(text, now, then)) : found;
        }
        catch (AgentException e)
        {
            throw new AgentException(e.Code, e.Exit, folders.Back(e.Message));
        }
    }

    /// <summary>Null when the files are gone with the place.</summary>
    /// <exception cref="AgentException">CRT5618: they are kept, and cannot be reached safely.</exception>
    private static PlaceFolders? Reach(UndoData undo)
    {
        if (PlaceFolders.Open(undo.Place!) is { } inside)
        {
            return inside;
        }

        var kept = Carriers(undo);
        if (kept.Values.FirstOrDefault(carrier => carrier.IsLayer && carrier.IsThere) is { Path.Length: > 0 } layer)
        {
            throw new AgentException("CRT5618", ExitCodes.Residue,
                $"{undo.Place!.Asked} has ended, and its writable layer is kept ({layer.Path}), with the fault in it. Start the container and recover again; or remove it, and the fault is gone with it.");
        }

        return kept.Values.All(carrier => carrier.IsThere) ? PlaceFolders.OfHost(kept.ToDictionary(entry => entry.Key, entry => entry.Value.Path, StringComparer.Ordinal)) : null;
    }

    private static Dictionary<string, Carrier> Carriers(UndoData undo) =>
        Folders(undo.Values).ToDictionary(folder => folder, folder => Carrier.Parse(undo[CarrierKey + folder]), StringComparer.Ordinal);

    private static IEnumerable<string> Folders(IReadOnlyDictionary<string, string> undo) =>
        FileFault.OwnNameKeys.Where(undo.ContainsKey).Select(key => Path.GetDirectoryName(undo[key]) ?? "/").Distinct();

    // An overlay that is mounted anew has another device number and the same inodes.
    private static string Moved(string text, string from, string to) => text.Replace($"inode={from}:", $"inode={to}:", StringComparison.Ordinal) is var shown && text.StartsWith(from + ":", StringComparison.Ordinal)
        ? to + shown[from.Length..] : shown;

    private static string Device(PlaceFolders folders, string path) => FileState.Of(folders.Folder(Path.GetDirectoryName(path) ?? "/")).Inode is var inode ? inode[..inode.LastIndexOf(':')] : "";

    private static string Own(PlaceFolders folders, Place place, string claim) => folders.Back(claim).Replace("path:", $"path:{place.Namespaces.GetValueOrDefault("mnt", "")}", StringComparison.Ordinal);
}
