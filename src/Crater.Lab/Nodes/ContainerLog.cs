using System.Text;

namespace Crater.Lab.Nodes;

/// <summary>
/// The log of one start of one container: each line with the time it arrived, as container runtimes write it
/// (<c>2026-01-01T00:00:00.0000000Z text</c>). Two files at most: the present one and the one before it.
/// </summary>
internal sealed class ContainerLog(string file, TimeProvider clock) : IDisposable
{
    /// <summary>A file longer than this is set aside and a new one begun; the kubelet's containerLogMaxSize is 10Mi by default.</summary>
    public const long FileBytesMax = 10 * 1024 * 1024;

    /// <summary>A line longer than this is split, as the kubelet's own reader would have to.</summary>
    private const int LineBytesMax = 256 * 1024;

    private readonly Lock _gate = new();
    private readonly List<byte> _line = [];
    private FileStream _stream = Open(file);

    public string File => file;

    /// <summary>The file that was set aside last; need not exist.</summary>
    public string Older => file + ".1";

    public bool IsClosed { get; private set; }

    public void Append(ReadOnlySpan<byte> bytes)
    {
        lock (_gate)
        {
            if (IsClosed)
            {
                return;
            }

            foreach (var one in bytes)
            {
                if (one != '\n')
                {
                    _line.Add(one);
                }

                if (one == '\n' || _line.Count >= LineBytesMax)
                {
                    WriteLine();
                }
            }

            _stream.Flush();
        }
    }

    public void Dispose()
    {
        lock (_gate)
        {
            if (!IsClosed)
            {
                if (_line.Count > 0)
                {
                    WriteLine();
                }

                IsClosed = true;
                _stream.Dispose();
            }
        }
    }

    private void WriteLine()
    {
        if (_stream.Length > FileBytesMax)
        {
            _stream.Dispose();
            System.IO.File.Move(file, Older, overwrite: true);
            _stream = Open(file);
        }

        _stream.Write(Encoding.ASCII.GetBytes(clock.GetUtcNow().UtcDateTime.ToString("O")));
        _stream.WriteByte((byte)' ');
        _stream.Write(System.Runtime.InteropServices.CollectionsMarshal.AsSpan(_line));
        _stream.WriteByte((byte)'\n');
        _line.Clear();
    }

    private static FileStream Open(string file) => new(file, FileMode.Append, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete);
}
