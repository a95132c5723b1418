using System.Collections;
using System.ComponentModel;
using System.Diagnostics;
using System.Text;
using Crater.Experiments;

namespace Crater.Runs.Activities.Functions;

/// <summary>A program of another maker that a native function drives. It never outlives the call.</summary>
/// <param name="Path">Its full path.</param>
internal sealed record ChildProgram(string Path, IReadOnlyList<string> Arguments)
{
    // Of the output only the end is kept: that is where programs say what went wrong.
    private const int TailLines = 20;
    private const int LineMax = 4096;

    private readonly Lock _telling = new();

    /// <summary>Added to this process's own environment.</summary>
    public IReadOnlyDictionary<string, string> Environment { get; init; } = new Dictionary<string, string>();

    /// <summary>Written to its standard input, which is then closed.</summary>
    public string Input { get; init; } = "";

    /// <summary>Told every line of its output and errors.</summary>
    public Action<string>? Line { get; init; }

    /// <summary>Keeps the whole of standard output, up to 16 MiB, in <see cref="ChildEnd.Output"/>.</summary>
    public bool KeepsOutput { get; init; }

    /// <summary>In a session of its own: Ctrl-C at a terminal does not reach it, so that it is asked to stop once, and by this process. Twice makes some programs drop everything.</summary>
    public bool IsApart { get; init; }

    /// <value>How long it may take to stop when it is asked to, before it is killed. Default: 5 s.</value>
    public TimeSpan StopPatience { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>The full path of a program on this process's PATH; null when it is not there.</summary>
    public static string? Find(string name) => Programs.Find(name,
        System.Environment.GetEnvironmentVariables().Cast<DictionaryEntry>().ToDictionary(entry => (string)entry.Key, entry => (string?)entry.Value ?? ""));

    /// <exception cref="OperationCanceledException">The end was asked for; the program and what it had started are gone.</exception>
    /// <exception cref="Win32Exception">It cannot be started.</exception>
    public async Task<ChildEnd> RunAsync(TimeProvider clock, CancellationToken abort)
    {
        abort.ThrowIfCancellationRequested();
        using var process = Process.Start(Start())!;
        Queue<string> said = new(), complained = new();
        var output = new StringBuilder();
        var reading = Task.WhenAll(
            PumpAsync(process.StandardOutput, said, KeepsOutput ? output : null),
            PumpAsync(process.StandardError, complained, null));
        try
        {
            await WriteAsync(process);
            await process.WaitForExitAsync(abort);
        }
        catch (OperationCanceledException)
        {
            await EndAsync(process, clock);
            throw;
        }

        // What it left running may hold the pipes open for ever; nobody waits for that.
        await Task.WhenAny(reading, Task.Delay(TimeSpan.FromSeconds(2), clock, CancellationToken.None));
        lock (_telling)
        {
            return new ChildEnd(process.ExitCode, output.ToString(), string.Join('\n', said.Concat(complained).TakeLast(TailLines)));
        }
    }

    private ProcessStartInfo Start()
    {
        var apart = IsApart ? Find("setsid") : null;
        var start = new ProcessStartInfo(apart ?? Path, apart is null ? Arguments : [Path, .. Arguments])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            StandardInputEncoding = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false),
            StandardOutputEncoding = Encoding.UTF8,
            StandardErrorEncoding = Encoding.UTF8,
        };
        foreach (var (name, value) in Environment)
        {
            start.Environment[name] = value;
        }

        return start;
    }

    private async Task WriteAsync(Process process)
    {
        try
        {
            await process.StandardInput.WriteAsync(Input);
            process.StandardInput.Close();
        }
        catch (IOException)
        {
            // It ended without reading; its exit code says why.
        }
    }

    private async Task EndAsync(Process process, TimeProvider clock)
    {
        LibC.AskToStop(process.Id);
        using var patience = new CancellationTokenSource(StopPatience, clock);
        try
        {
            await process.WaitForExitAsync(patience.Token);
        }
        catch (OperationCanceledException)
        {
            // It does not want to.
        }

        try
        {
            process.Kill(entireProcessTree: true);
        }
        catch (Exception error) when (error is InvalidOperationException or Win32Exception or AggregateException)
        {
            // It ended by itself in the meantime.
        }
    }

    private async Task PumpAsync(StreamReader from, Queue<string> tail, StringBuilder? all)
    {
        var buffer = new char[LineMax];
        var line = new StringBuilder();
        try
        {
            for (int read; (read = await from.ReadAsync(buffer)) > 0;)
            {
                all?.Append(buffer, 0, Math.Min(read, (16 * 1024 * 1024) - all.Length));
                foreach (var c in buffer.AsMemory(0, read).ToArray())
                {
                    if (c == '\n' || line.Length == LineMax)
                    {
                        Tell(line, tail);
                    }

                    if (c is not ('\n' or '\r'))
                    {
                        line.Append(c);
                    }
                }
            }

            if (line.Length > 0)
            {
                Tell(line, tail);
            }
        }
        catch (Exception error) when (error is IOException or ObjectDisposedException)
        {
            // The other end was killed, or nobody listens any more; what it said before still counts.
        }
    }

    private void Tell(StringBuilder line, Queue<string> tail)
    {
        var text = line.ToString();
        line.Clear();
        lock (_telling)
        {
            Line?.Invoke(text);
            if (text.Trim().Length > 0)
            {
                tail.Enqueue(text);
            }

            if (tail.Count > TailLines)
            {
                tail.Dequeue();
            }
        }
    }
}

/// <param name="Output">Standard output, when it was to be kept.</param>
/// <param name="Tail">The last lines that it wrote; those of standard error at the end, since the two come by pipes of their own and nothing says which line was first.</param>
internal sealed record ChildEnd(int Code, string Output, string Tail);
