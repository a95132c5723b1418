using System.Text;

namespace Crater.Cli.Terminal;

/// <summary>
/// Writes for a reader who may leave: the terminal closed, the pipe's other end gone. From the first failure on it is silent, because a run that
/// nobody watches any longer still has to recover, and its exit code still counts.
/// </summary>
internal sealed class TerminalWriter(TextWriter inner) : TextWriter
{
    /// <summary>ENOSPC, EFBIG and EDQUOT, as .NET hands them on, and Windows' ERROR_DISK_FULL: nobody has left, and what was said is cut.</summary>
    private static readonly int[] Full = [28, 27, 122, unchecked((int)0x80070070)];

    private volatile bool _isGone;

    /// <summary>Why what was said does not stand there to its end; empty while it does, and when its reader has left.</summary>
    public string Cut { get; private set; } = "";

    public override Encoding Encoding => inner.Encoding;

    public override void Write(char value) => Try(() => inner.Write(value));

    public override void Write(char[] buffer, int index, int count) => Try(() => inner.Write(buffer, index, count));

    public override void Write(string? value) => Try(() => inner.Write(value));

    public override void WriteLine(string? value) => Try(() => inner.WriteLine(value));

    public override void Flush() => Try(inner.Flush);

    private void Try(Action write)
    {
        if (_isGone)
        {
            return;
        }

        try
        {
            write();
        }
        catch (IOException e)
        {
            _isGone = true;
            Cut = Full.Contains(e.HResult) ? e.Message : "";
        }
    }
}
