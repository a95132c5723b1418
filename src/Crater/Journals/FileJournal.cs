using Crater.Diagnostics;
using Microsoft.Win32.SafeHandles;

namespace Crater.Journals;

/// <summary>
/// One run's <c>events.jsonl</c>: every line is written before <see cref="Append"/> returns, and synced where something depends on it that has to be
/// undone. Opened for reading until the first append; who appends must hold the run (<see cref="RunFolder.TryHold"/>). Safe to use from several threads.
/// </summary>
public sealed class FileJournal : IJournal, IDisposable
{
    private readonly Lock _gate = new();
    private readonly string _path;
    private readonly TimeProvider _clock;
    private readonly bool _isSynced;
    private List<JournalEvent> _events = [];
    private SafeFileHandle? _file;
    private long _length;
    private bool _isBroken;

    internal FileJournal(string path, TimeProvider clock, bool isSynced = true) => (_path, _clock, _isSynced) = (path, clock, isSynced);

    public JournalEvent Append(JournalEvent entry)
    {
        lock (_gate)
        {
            if (_file is null)
            {
                OpenForWriting();
            }

            return Write(entry);
        }
    }

    public IReadOnlyList<JournalEvent> Read()
    {
        lock (_gate)
        {
            return _file is not null ? [.. _events] : File.Exists(_path) ? ReadFile().Events : [];
        }
    }

    /// <summary>How many bytes of a cut last line there are; 0 when the journal ends well.</summary>
    public long TornBytes()
    {
        lock (_gate)
        {
            return _file is null && File.Exists(_path) ? ReadFile().TornBytes : 0;
        }
    }

    public void Dispose()
    {
        lock (_gate)
        {
            _file?.Dispose();
            _file = null;
        }
    }

    private JournalText ReadFile()
    {
        // The writer may be another process, which must not be kept from writing.
        using var stream = new FileStream(_path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        using var copy = new MemoryStream();
        stream.CopyTo(copy);
        return JournalFormat.Read(copy.GetBuffer().AsSpan(0, (int)copy.Length), _path);
    }

    private void OpenForWriting()
    {
        try
        {
            var isNew = !File.Exists(_path);
            var text = isNew ? new JournalText([], 0, 0) : ReadFile();
            var file = File.OpenHandle(_path, FileMode.OpenOrCreate, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete);
            RandomAccess.SetLength(file, text.WholeBytes);
            (_file, _events, _length) = (file, [.. text.Events], text.WholeBytes);
            if (isNew && _isSynced)
            {
                DirectorySync.Flush(Path.GetDirectoryName(_path)!);
            }

            if (text.TornBytes > 0)
            {
                Write(new JournalMended(text.TornBytes));
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Failed(e);
        }
    }

    private JournalEvent Write(JournalEvent entry)
    {
        if (_isBroken)
        {
            throw new CraterException("CRT4001", $"The journal {_path} failed earlier and takes nothing more. Nothing is done that is not written down.");
        }

        var stamped = entry with { Number = _events.Count + 1, At = _clock.GetUtcNow() };
        var line = JournalLine.Of(stamped);
        try
        {
            RandomAccess.Write(_file!, line.Span, _length);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            TakeBack();
            throw Failed(e);
        }

        if (_isSynced && stamped.MustLast)
        {
            Sync();
        }

        _length += line.Length;
        _events.Add(stamped);
        return stamped;
    }

    private void Sync()
    {
        try
        {
            RandomAccess.FlushToDisk(_file!);
        }
        catch (IOException e)
        {
            // After a failed sync nobody knows what is on the disk, and a second sync that succeeds proves nothing.
            _isBroken = true;
            throw Failed(e);
        }
    }

    // Half a line in the middle would damage the journal; when even that cannot be mended, nothing more may follow it.
    private void TakeBack()
    {
        try
        {
            RandomAccess.SetLength(_file!, _length);
        }
        catch (IOException)
        {
            _isBroken = true;
        }
    }

    private CraterException Failed(Exception e) => new("CRT4001",
        $"The journal {_path} could not be written: {e.Message} Nothing is done that is not written down. Make room or correct the permissions.", e);
}
