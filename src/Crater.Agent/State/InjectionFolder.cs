using System.Text;
using Crater.Agent.Host;

namespace Crater.Agent.State;

/// <summary>The folder of one injection: <c>journal</c>, <c>undo</c>, <c>lease</c>, <c>tally</c>, <c>lock</c>.</summary>
internal sealed class InjectionFolder(string path, string uid)
{
    public string Uid { get; } = uid;

    public string Path { get; } = path;

    public Journal Journal { get; } = new(System.IO.Path.Combine(path, "journal"));

    private string UndoFile => System.IO.Path.Combine(Path, "undo");

    /// <summary>What the fault has met so far, where it counts that.</summary>
    public string TallyFile => System.IO.Path.Combine(Path, "tally");

    private string LeaseFile => System.IO.Path.Combine(Path, "lease");

    /// <exception cref="DamagedStateException">The journal is not what was written.</exception>
    public InjectionRecord Read() => new() { Uid = Uid, Events = Journal.Read(), Counted = Tally.Read(TallyFile) };

    /// <summary>Whether nothing of it is in place, and that was proven. One whose journal is damaged is not closed.</summary>
    public bool IsClosed
    {
        get
        {
            try
            {
                return Read().IsClosed;
            }
            catch (DamagedStateException)
            {
                return false;
            }
        }
    }

    /// <summary>Null when somebody else held it all the time.</summary>
    public FileLock? Lock(TimeSpan patience) => FileLock.Take(System.IO.Path.Combine(Path, "lock"), patience);

    /// <summary>Undo data first and the intent after it: a journal with an intent always has its undo data beside it.</summary>
    public void Begin(UndoData undo, JournalEvent intent, TimeProvider clock)
    {
        undo.Write(UndoFile);
        Journal.Begin(intent, clock);
        StateFolder.SyncFolder(Path);
    }

    /// <summary>Null when there is none, as after a clean recovery.</summary>
    /// <exception cref="DamagedStateException">It is not what was written.</exception>
    public UndoData? ReadUndo() => UndoData.Read(UndoFile);

    /// <summary>After a clean certificate nobody needs it any more, and it may hold what nobody should keep.</summary>
    public void DropUndo()
    {
        File.Delete(UndoFile);
        File.Delete(LeaseFile);
        File.Delete(TallyFile);
        File.Delete(System.IO.Path.Combine(Path, "journal.reserve"));
    }

    /// <summary>Until when the fault may stay without being renewed; null where there is no lease.</summary>
    public BootInstant? Lease
    {
        get
        {
            // Asked first, since an exception would cost more than everything else; only a recovery takes the file away.
            if (!File.Exists(LeaseFile))
            {
                return null;
            }

            try
            {
                // A lease that cannot be read has run out: unknown means stop.
                return BootInstant.Parse(File.ReadAllText(LeaseFile)) ?? new BootInstant("unreadable", 0);
            }
            catch (FileNotFoundException)
            {
                return null;
            }
        }
    }

    /// <summary>Replaced in one step, so that nobody reads half of it. Not synced: after a crash of the machine no lease counts anyway.</summary>
    public void Renew(BootInstant until)
    {
        var next = $"{LeaseFile}.{Environment.ProcessId}";
        using (var file = Descriptor.Open(next, Libc.WriteOnly | Libc.Create, 0x180 /* 0600 */))
        {
            _ = Libc.Truncate(file.Number, 0);
            file.Write(Encoding.UTF8.GetBytes(until.ToString()));
        }

        File.Move(next, LeaseFile, overwrite: true);
    }
}
