using System.Text;
using System.Text.RegularExpressions;
using Crater.Diagnostics;

namespace Crater.Cli.Composition;

/// <summary>Writes what a run says into a log file too, one line with its time each; the file is added to and never cut.</summary>
internal sealed partial class ConfLog : IAsyncDisposable
{
    private readonly StreamWriter _file;

    private ConfLog(StreamWriter file, Surroundings surroundings)
    {
        _file = file;
        Surroundings = surroundings with
        {
            Error = new Both(surroundings.Error, file, surroundings.Clock),

            // On a terminal there stands a live view, which is drawn and not said.
            Out = surroundings.IsTerminal ? surroundings.Out : new Both(surroundings.Out, file, surroundings.Clock),
        };
    }

    /// <summary>In which everything that is said is written down.</summary>
    public Surroundings Surroundings { get; }

    /// <exception cref="CraterException">CRT1227: it cannot be written.</exception>
    public static ConfLog Open(string path, Surroundings surroundings)
    {
        try
        {
            return new ConfLog(new StreamWriter(path, append: true) { AutoFlush = true }, surroundings);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new CraterException("CRT1227", $"The log {path} cannot be written, so the run was not begun: {error.Message}", error);
        }
    }

    public Task FlushAsync() => _file.FlushAsync();

    public ValueTask DisposeAsync() => _file.DisposeAsync();

    [GeneratedRegex(@"\e\[[0-9;?]*[A-Za-z]")]
    private static partial Regex Drawing();

    private sealed class Both(TextWriter shown, StreamWriter file, TimeProvider clock) : TextWriter
    {
        private readonly StringBuilder _line = new();

        public override Encoding Encoding => shown.Encoding;

        public override void Write(char value)
        {
            shown.Write(value);
            Take([value]);
        }

        public override void Write(char[] buffer, int index, int count)
        {
            shown.Write(buffer, index, count);
            Take(buffer.AsSpan(index, count));
        }

        public override void Write(string? value)
        {
            shown.Write(value);
            Take(value);
        }

        public override void WriteLine(string? value)
        {
            shown.WriteLine(value);
            Take(value);
            Take("\n");
        }

        public override void Flush() => shown.Flush();

        private void Take(ReadOnlySpan<char> text)
        {
            lock (file)
            {
                foreach (var c in text)
                {
                    if (c == '\n')
                    {
                        WriteDown();
                    }
                    else
                    {
                        _line.Append(c);
                    }
                }
            }
        }

        private void WriteDown()
        {
            var line = Drawing().Replace(_line.ToString().TrimEnd('\r'), "");
            _line.Clear();
            if (line.Length == 0)
            {
                return;
            }

            try
            {
                file.WriteLine($"[{clock.GetLocalNow():yyyy-MM-dd HH:mm:ss} INFO] {line}");
            }
            catch (Exception error) when (error is IOException or ObjectDisposedException)
            {
                // A full disk must not end a run that has something to put back.
            }
        }
    }
}
