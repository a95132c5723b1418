using System.Text;

namespace Crater.Cli.Terminal;

/// <summary>
/// Writes for a reader who may leave: the terminal closed, the pipe's other end gone. From the first failure on it is silent, because a run that
/// nobody watches any longer still has to recover, and its exit code still counts.
/// </summary>
internal sealed class TerminalWriter(TextWriter inner) : TextWriter
{
    private volatile bool _isGone;

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
        catch (IOException)
        {
            _isGone = true;
        }
    }
}
