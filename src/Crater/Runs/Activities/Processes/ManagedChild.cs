using System.ComponentModel;
using System.Diagnostics;

namespace Crater.Runs.Activities.Processes;

/// <summary>A program on systems that have no <see cref="ChildLoop"/>.</summary>
internal sealed class ManagedChild : IChild
{
    private readonly Process _process;
    private readonly KeptOutput _output = new(CappedText.OutputMax);
    private readonly KeptOutput _error = new(CappedText.OutputMax);

    private ManagedChild(Process process)
    {
        _process = process;
        Closed = Task.WhenAll(ReadAsync(process.StandardOutput.BaseStream, _output), ReadAsync(process.StandardError.BaseStream, _error));
        Ended = EndAsync();
    }

    public Task<int?> Ended { get; }

    public Task Closed { get; }

    public string StandardOutput => Text(_output);

    public string StandardError => Text(_error);

    /// <exception cref="NotStartedException">It is no program, or there is no room for it.</exception>
    public static ManagedChild Start(Command command)
    {
        var start = new ProcessStartInfo(command.Program) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var argument in command.Arguments)
        {
            start.ArgumentList.Add(argument);
        }

        foreach (var (name, value) in command.Environment.Variables)
        {
            start.Environment[name] = value;
        }

        try
        {
            var process = Process.Start(start)!;
            process.StandardInput.Close();
            return new ManagedChild(process);
        }
        catch (Exception error) when (error is Win32Exception or IOException or InvalidOperationException)
        {
            throw new NotStartedException((error as Win32Exception)?.NativeErrorCode ?? 0, error.Message);
        }
    }

    public int EndAll()
    {
        try
        {
            _process.Kill(entireProcessTree: true);
            return 0;
        }
        catch (InvalidOperationException)
        {
            return 0;       // it ended by itself in the meantime
        }
        catch (Exception error) when (error is Win32Exception or AggregateException)
        {
            return (error as AggregateException)?.InnerExceptions.Count ?? 1;
        }
    }

    // The pipes stay open to whoever still has them: closing them would end it.
    public void Dispose() => _ = Closed.ContinueWith(_ => _process.Dispose(), TaskScheduler.Default);

    private async Task<int?> EndAsync()
    {
        // .NET's exit code of a signal is 128 and the signal, which a program may give as well; there is no telling.
        await _process.WaitForExitAsync();
        return _process.ExitCode;
    }

    private static async Task ReadAsync(Stream from, KeptOutput kept)
    {
        var buffer = new byte[16 * 1024];
        try
        {
            for (int count; (count = await from.ReadAsync(buffer)) > 0;)
            {
                lock (kept)
                {
                    kept.Add(buffer.AsSpan(0, count));
                }
            }
        }
        catch (Exception error) when (error is IOException or ObjectDisposedException)
        {
            // What was read before still counts.
        }
    }

    private static string Text(KeptOutput kept)
    {
        lock (kept)
        {
            return kept.Text();
        }
    }
}
