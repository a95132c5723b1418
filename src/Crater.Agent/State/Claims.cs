using System.Text;
using Crater.Agent.Host;

namespace Crater.Agent.State;

/// <summary>
/// Which targets are held, and by which injection: one small file for each injection that is not closed, with a key a line. The faults that share a resource by
/// nature (CPU, memory, disk space) claim nothing; the others claim <c>path:/etc/app.conf</c>, <c>process:123@456</c> or the like, for themselves alone.
/// </summary>
internal sealed class Claims(string folder)
{
    /// <summary>The uids of the injections that are not closed.</summary>
    public IReadOnlyList<string> Holders()
    {
        // Sorted in place: an ordering of LINQ's would be compiled at every start.
        List<string> uids = [.. Directory.EnumerateFiles(folder).Select(file => Path.GetFileName(file))];
        uids.Sort(StringComparer.Ordinal);
        return uids;
    }

    /// <summary>Who holds one of these keys, or something inside or around it; null when nobody does.</summary>
    public (string Uid, string Key)? Conflict(IReadOnlyCollection<string> keys)
    {
        foreach (var uid in Holders())
        {
            foreach (var held in File.ReadAllLines(Path.Combine(folder, uid)))
            {
                if (keys.Any(key => Overlap(key, held)))
                {
                    return (uid, held);
                }
            }
        }

        return null;
    }

    /// <exception cref="HostException">There is no room, or no permission.</exception>
    public void Take(string uid, IReadOnlyCollection<string> keys)
    {
        using var file = Descriptor.Open(Path.Combine(folder, uid), Libc.WriteOnly | Libc.Create | Libc.Exclusive, 0x180 /* 0600 */);
        file.Write(Encoding.UTF8.GetBytes(string.Concat(keys.Select(key => key + "\n"))));
        file.Sync();
        StateFolder.SyncFolder(folder);
    }

    public void Release(string uid) => File.Delete(Path.Combine(folder, uid));

    /// <summary>Paths overlap when one is the other, or a folder around it; everything else only when it is the same.</summary>
    internal static bool Overlap(string left, string right) =>
        left == right || (left.StartsWith("path:", StringComparison.Ordinal)
            && (left.StartsWith(right + "/", StringComparison.Ordinal) || right.StartsWith(left + "/", StringComparison.Ordinal)));
}
