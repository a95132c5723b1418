using System.Buffers;

namespace Shop.Stores;

/// <summary>The append-only file of one store. A line is handed to the operating system before its write is acknowledged: it survives the
/// death of the process, not that of the machine.</summary>
internal sealed class StoreFile : IDisposable
{
    /// <summary>The file is rewritten with the living documents alone when it has this many lines for each of them.</summary>
    private const int LinesPerEntryMax = 4;

    private const int LinesBeforeRewrite = 10_000;

    private readonly string _path;
    private readonly ArrayBufferWriter<byte> _line = new(1024);
    private FileStream _stream;
    private long _lines;

    public StoreFile(string directory, string name)
    {
        Directory.CreateDirectory(directory);
        _path = Path.Combine(directory, name + ".jsonl");
        _stream = new FileStream(_path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.Read, bufferSize: 0);
    }

    /// <summary>All whole lines. What follows the last of them is the torn write of a dying process and is cut off.</summary>
    public IReadOnlyList<StoreEntry> Read()
    {
        var bytes = File.ReadAllBytes(_path);
        List<StoreEntry> entries = [];
        var start = 0;
        while (Array.IndexOf(bytes, (byte)'\n', start) is >= 0 and var end)
        {
            if (StoreEntry.Read(bytes.AsSpan(start, end - start)) is { } entry)
            {
                entries.Add(entry);
            }

            start = end + 1;
        }

        _stream.SetLength(start);
        _stream.Seek(0, SeekOrigin.End);
        _lines = entries.Count;
        return entries;
    }

    public void Append(StoreEntry entry, int living, Func<IEnumerable<StoreEntry>> all)
    {
        if (_lines > LinesBeforeRewrite && _lines > living * (long)LinesPerEntryMax)
        {
            Rewrite(all());
        }

        Write(_stream, entry);
        _lines++;
    }

    private void Rewrite(IEnumerable<StoreEntry> entries)
    {
        var next = new FileStream(_path + ".next", FileMode.Create, FileAccess.ReadWrite, FileShare.Read, bufferSize: 0);
        _lines = 0;
        foreach (var entry in entries)
        {
            Write(next, entry);
            _lines++;
        }

        File.Move(_path + ".next", _path, overwrite: true);
        _stream.Dispose();
        _stream = next;
    }

    private void Write(FileStream stream, StoreEntry entry)
    {
        _line.ResetWrittenCount();
        entry.WriteTo(_line);
        stream.Write(_line.WrittenSpan);
    }

    public void Dispose() => _stream.Dispose();
}
