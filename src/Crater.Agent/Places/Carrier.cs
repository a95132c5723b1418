using System.Globalization;
using Crater.Agent.Host;

namespace Crater.Agent.Places;

/// <summary>
/// Where on the host a folder of a place is kept, from the table of mounts: needed when the place has ended and its files have not. Of an overlay it is the writable
/// layer, which must not be written to by hand; of everything else it is the folder itself.
/// </summary>
/// <param name="Path">The host's path; empty when the folder is nowhere on the host, and so goes with the place.</param>
internal readonly record struct Carrier(string Path, bool IsLayer)
{
    public bool IsThere => Path.Length > 0 && Directory.Exists(Path);

    public override string ToString() => IsLayer ? "layer:" + Path : Path;

    public static Carrier Parse(string text) => text.StartsWith("layer:", StringComparison.Ordinal) ? new Carrier(text["layer:".Length..], true) : new Carrier(text, false);

    /// <param name="folder">It, opened.</param>
    /// <param name="path">Its path in the place.</param>
    public static Carrier Of(Place place, Descriptor folder, string path)
    {
        var number = File.ReadLines(string.Create(CultureInfo.InvariantCulture, $"/proc/self/fdinfo/{folder.Number}")).FirstOrDefault(line => line.StartsWith("mnt_id:", StringComparison.Ordinal))?["mnt_id:".Length..].Trim();
        if (Mounts($"/proc/{place.Process.Pid}/mountinfo").FirstOrDefault(mount => mount.Number == number) is not { } own || !Cgroups.IsBelow(path, own.Point))
        {
            return new Carrier("", false);
        }

        var inside = own.Point == "/" ? path : path[own.Point.Length..];
        if (own.Kind == "overlay")
        {
            var layer = own.Options.Split(',').FirstOrDefault(option => option.StartsWith("upperdir=", StringComparison.Ordinal))?["upperdir=".Length..] ?? "";
            return new Carrier(layer.Length == 0 ? "" : (layer + inside).TrimEnd('/'), true);
        }

        var whole = (own.Root.TrimEnd('/') + inside).TrimEnd('/');
        var host = Mounts("/proc/self/mountinfo").Where(mount => mount.Device == own.Device && Cgroups.IsBelow(whole, mount.Root)).OrderByDescending(mount => mount.Root.Length).FirstOrDefault();
        return new Carrier(host is null ? "" : host.Point.TrimEnd('/') + (host.Root == "/" ? whole : whole[host.Root.Length..]), false);
    }

    private static IEnumerable<Mount> Mounts(string file)
    {
        foreach (var line in File.ReadLines(file))
        {
            // A path with spaces has them as \040 (proc_pid_mountinfo(5)); such a folder is not found, and is said to be nowhere.
            if (line.Split(" - ") is [var mount, var system] && mount.Split(' ') is [var number, _, var device, var root, var point, ..] && system.Split(' ') is [var kind, _, var options])
            {
                yield return new Mount(number, device, root, point, kind, options);
            }
        }
    }

    private sealed record Mount(string Number, string Device, string Root, string Point, string Kind, string Options);
}
