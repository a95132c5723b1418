using System.Text;
using Crater.Agent.Host;

namespace Crater.Agent.State;

/// <summary>
/// The append-only record of one injection: a sealed line for each event, synced before <see cref="Append"/> returns unless it is asked not to. Keeper, guardian and a person's
/// recover may append at the same time, since each line is one write to the end of the file.
/// </summary>
internal sealed class Journal(string path)
{
    /// <summary>Room on the disk that is given back when it is full, so that the last lines of a recovery can still be written.</summary>
    private const long ReserveBytes = 64 * 1024;

    private string Reserve => path + ".reserve";

    /// <summary>Makes the file, its reserve and its first line, and syncs all of it.</summary>
    /// <exception cref="HostException">There is no room, or no permission. Nothing that counts was left.</exception>
    public void Begin(JournalEvent first, TimeProvider clock)
    {
        using (var reserve = Descriptor.Open(Reserve, Libc.WriteOnly | Libc.Create, 0x180 /* 0600 */))
        {
            if (Libc.Allocate(reserve.Number, 0, 0, ReserveBytes) != 0 && Errno.IsNoRoom(Errno.Last))
            {
                throw new HostException($"{Reserve} could not be made", Errno.Last);
            }
        }

        Append(first, clock);
    }

    /// <param name="isSynced">It is on the disk when this returns; else it is there for every process, and for the next boot soon.</param>
    /// <exception cref="HostException">There is no room even with the reserve, or the disk is gone.</exception>
    public void Append(JournalEvent entry, TimeProvider clock, bool isSynced = true)
    {
        Dictionary<string, string> line = new(StringComparer.Ordinal) { ["at"] = Timestamp.Of(clock.GetUtcNow()), ["event"] = entry.Kind };
        foreach (var (key, value) in entry.Fields)
        {
            line[key] = value;
        }

        var text = SealedLine.Seal(FlatJson.Write(line)) + "\n";
        try
        {
            Write(text, isSynced);
        }
        catch (HostException full) when (Errno.IsNoRoom(full.Error) && Libc.Unlink(Reserve) == 0)
        {
            Write(text, isSynced);
        }
    }

    /// <summary>Every event that was written whole. A line that was cut short is no event: whoever wrote it was never told that it stood.</summary>
    /// <exception cref="DamagedStateException">A line was changed after it was written.</exception>
    public IReadOnlyList<JournalEvent> Read()
    {
        List<JournalEvent> events = [];
        var lines = Text().Split('\n');
        for (var i = 0; i < lines.Length; i++)
        {
            var (text, state) = SealedLine.Open(lines[i]);
            var isLast = i == lines.Length - 1;
            if (state == LineState.Whole && FlatJson.Read(text!) is { } map)
            {
                events.Add(new JournalEvent(map.GetValueOrDefault("event", ""), map));
            }
            else if (state != LineState.Torn && !isLast)
            {
                throw new DamagedStateException(path, $"line {i + 1} is not what was written");
            }
        }

        return events;
    }

    private string Text() => File.Exists(path) ? File.ReadAllText(path) : "";

    private void Write(string text, bool isSynced)
    {
        using var file = Descriptor.Open(path, Libc.ReadWrite | Libc.Append | Libc.Create, 0x180 /* 0600 */);
        // A cut last line is closed first; otherwise this line would become a part of it.
        file.Write(Encoding.UTF8.GetBytes(EndsInTheMiddle() ? $"{SealedLine.TornMark}\n{text}" : text));
        if (isSynced)
        {
            file.Sync();
        }
    }

    private bool EndsInTheMiddle()
    {
        using var file = File.Open(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        if (file.Length == 0)
        {
            return false;
        }

        file.Seek(-1, SeekOrigin.End);
        return file.ReadByte() != '\n';
    }
}

/// <summary>A file of the state is not what was written into it.</summary>
internal sealed class DamagedStateException(string path, string what) : Exception($"{path}: {what}.")
{
    public string Path { get; } = path;
}
