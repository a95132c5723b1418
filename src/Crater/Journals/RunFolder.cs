using System.Text;
using Crater.Diagnostics;
using Crater.Drivers;

namespace Crater.Journals;

/// <summary>One run on disk: <c>.crater/runs/&lt;run id&gt;/</c>. Any process may read it; the one that holds it writes it.</summary>
public sealed class RunFolder(string path, RunId run, TimeProvider clock)
{
    public const string EventsFile = "events.jsonl";
    public const string TopologyFile = "topology.json";
    public const string MetricsFile = "metrics.csv";
    public const string ToolkitJournalFile = "journal.json";
    private const string LockFile = "lock";
    private const string HolderFile = "holder";
    private const string AbortFile = "abort";

    public string Path { get; } = path;

    public RunId Run { get; } = run;

    /// <summary>
    /// What is written here survives a power cut. A run that injects nothing has nothing that must be undone after one, and need not wait for the disk.
    /// </summary>
    public bool IsSynced { get; init; } = true;

    public bool Exists => File.Exists(PathOf(EventsFile));

    public string PathOf(string file) => System.IO.Path.Combine(Path, file);

    public FileJournal OpenJournal() => new(PathOf(EventsFile), clock, IsSynced);

    public RunState State() => RunState.Of(OpenJournal().Read());

    /// <summary>The right to write here, by a lock that the operating system takes back when the process dies.</summary>
    /// <returns>Null while another process (or another holder in this one) has it.</returns>
    public IDisposable? TryHold()
    {
        Directory.CreateDirectory(Path);
        var stream = Locked();
        if (stream is not null)
        {
            NameHolder();
        }

        return stream;
    }

    /// <summary>Whether a living process holds the run. Looking takes the lock for an instant, as nothing else tells a live holder from a dead one.</summary>
    public bool IsHeld()
    {
        if (!File.Exists(PathOf(LockFile)))
        {
            return false;
        }

        using var held = Locked();
        return held is null;
    }

    /// <summary>Process id and machine of the last holder, for messages; empty when there was none.</summary>
    public string Holder() => File.Exists(PathOf(HolderFile)) ? File.ReadAllText(PathOf(HolderFile)).Trim() : "";

    /// <summary>Writes a file whole and synced, then puts it in place by one rename, so that a reader never sees half of it.</summary>
    /// <returns>Its SHA-256, lower-case hexadecimal.</returns>
    /// <exception cref="CraterException">CRT4004: it could not be written.</exception>
    public string Write(string file, string content)
    {
        var bytes = Encoding.UTF8.GetBytes(content);
        Write(file, stream => stream.Write(bytes));
        return ContentHash.Of(bytes);
    }

    /// <summary>The same for a file that is made while it is written.</summary>
    /// <exception cref="CraterException">CRT4004: it could not be written.</exception>
    public void Write(string file, Action<Stream> write)
    {
        try
        {
            Directory.CreateDirectory(Path);
            var draft = PathOf($".{file}.draft");
            using (var stream = new FileStream(draft, FileMode.Create, FileAccess.Write, FileShare.None))
            {
                write(stream);
                stream.Flush(flushToDisk: IsSynced);
            }

            File.Move(draft, PathOf(file), overwrite: true);
            if (IsSynced)
            {
                DirectorySync.Flush(Path);
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CraterException("CRT4004", $"{PathOf(file)} could not be written: {e.Message} Make room or correct the permissions.", e);
        }
    }

    /// <summary>SHA-256 of each of these files that exists, by name.</summary>
    public IReadOnlyDictionary<string, string> Hashes(IEnumerable<string> files) => files.Distinct().Where(file => File.Exists(PathOf(file)))
        .ToDictionary(file => file, Hash);

    private string Hash(string file)
    {
        using var content = File.OpenRead(PathOf(file));
        return ContentHash.Of(content);
    }

    /// <summary>Asks the process that holds the run to end it. Its target will be as it was.</summary>
    public void RequestAbort(string by, string reason) => Write(AbortFile, $"{by}\n{reason}\n");

    /// <summary>Who asked for an end and why; null when nobody did.</summary>
    public (string By, string Reason)? AbortRequest()
    {
        if (!File.Exists(PathOf(AbortFile)))
        {
            return null;
        }

        var lines = File.ReadAllLines(PathOf(AbortFile));
        return (lines.ElementAtOrDefault(0) ?? "", lines.ElementAtOrDefault(1) ?? "");
    }

    // For messages alone. A full disk must not keep anyone from recovering the run.
    private void NameHolder()
    {
        try
        {
            File.WriteAllText(PathOf(HolderFile), $"{Environment.ProcessId} {Environment.MachineName}\n");
        }
        catch (IOException)
        {
            // The lock counts, not the name of who has it.
        }
    }

    private FileStream? Locked()
    {
        try
        {
            return new FileStream(PathOf(LockFile), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException e) when (e is not (DirectoryNotFoundException or PathTooLongException))
        {
            return null;
        }
    }
}
