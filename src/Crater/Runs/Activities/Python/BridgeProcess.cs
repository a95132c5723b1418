using System.ComponentModel;
using System.Diagnostics;
using System.Text;
using System.Text.Json.Nodes;

namespace Crater.Runs.Activities.Python;

/// <summary>One interpreter: messages go in by its input and come out by its output. When it ends, everything that is still asked of it ends with it.</summary>
internal sealed class BridgeProcess : IAsyncDisposable
{
    // A message is a value with a little around it.
    private const int Around = 64 * 1024;

    private readonly Process _process;
    private readonly Lock _gate = new();
    private readonly SemaphoreSlim _writing = new(1, 1);
    private readonly Dictionary<int, TaskCompletionSource<JsonObject>> _asked = [];
    private readonly TaskCompletionSource _ready = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly BridgeOutput _output;
    private readonly Action<string, int> _signalled;
    private readonly Task _reading;
    private string _end = "";
    private int _last;

    private BridgeProcess(Process process, int valueMax, BridgeOutput output, Action<string, int> signalled)
    {
        (_process, _output, _signalled) = (process, output, signalled);
        _reading = Task.WhenAll(ListenAsync(valueMax), output.PumpAsync(process.StandardError));
    }

    public bool HasEnded { get { lock (_gate) { return _end.Length > 0; } } }

    public int Pid => _process.Id;

    /// <exception cref="ActivityFailedException">CRT2330: it cannot be started, or does not answer.</exception>
    public static async Task<BridgeProcess> StartAsync(string interpreter, PythonOptions options, BridgeOutput output, Action<string, int> signalled, TimeProvider clock)
    {
        var start = new ProcessStartInfo(interpreter) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true, StandardErrorEncoding = Encoding.UTF8 };
        start.ArgumentList.Add("-c");
        start.ArgumentList.Add(BridgeSources.Bootstrap);
        start.ArgumentList.Add($"{BridgeSources.Modules.Length}");
        if (options.Environment is { } environment)
        {
            start.Environment.Clear();
            environment.ToList().ForEach(pair => start.Environment[pair.Key] = pair.Value);
        }

        BridgeProcess bridge;
        try
        {
            bridge = new BridgeProcess(Process.Start(start)!, options.ValueMax + Around, output, signalled);
        }
        catch (Exception error) when (error is Win32Exception or IOException or InvalidOperationException)
        {
            throw new ActivityFailedException("CRT2330", $"The interpreter {interpreter} cannot be started: {error.Message}");
        }

        try
        {
            await bridge.WriteAsync(BridgeSources.Modules);
            await bridge._ready.Task.WaitAsync(options.StartMax, clock);
            return bridge;
        }
        catch (TimeoutException)
        {
            bridge.Kill($"it did not answer within {Targets.Durations.Text(options.StartMax)}");
        }
        catch (ActivityFailedException)
        {
            // It ended; what it printed says why.
        }

        await bridge.DisposeAsync();
        throw new ActivityFailedException("CRT2330", $"The interpreter {interpreter} could not be used: {bridge._end}.{output.Tail()} Python 3.8 or newer is needed; {PythonOptions.Variable} names another one.");
    }

    /// <summary>Sends a message and gives its number and the answer to come.</summary>
    public async Task<(int Number, Task<JsonObject> Answer)> AskAsync(JsonObject message)
    {
        var answer = new TaskCompletionSource<JsonObject>(TaskCreationOptions.RunContinuationsAsynchronously);
        int number;
        lock (_gate)
        {
            number = ++_last;
            if (_end.Length > 0)
            {
                throw Ended();
            }

            _asked[number] = answer;
        }

        message["id"] = number;
        await TellAsync(message);
        return (number, answer.Task);
    }

    public Task TellAsync(JsonObject message) => WriteAsync(Encoding.UTF8.GetBytes(message.ToJsonString() + "\n"));

    /// <summary>Ends it and everything that it started, at once.</summary>
    public void Kill(string why)
    {
        Conclude(why);
        try
        {
            _process.Kill(entireProcessTree: true);
        }
        catch (Exception error) when (error is InvalidOperationException or Win32Exception or AggregateException or NotSupportedException)
        {
            // It has ended by itself in the meantime.
        }
    }

    /// <summary>Lets it end by itself for as long as it may, then kills it.</summary>
    public async Task EndAsync(TimeSpan max, TimeProvider clock)
    {
        try
        {
            _process.StandardInput.Close();
            await _process.WaitForExitAsync().WaitAsync(max, clock);
            Conclude("the run was over");
        }
        catch (Exception error) when (error is TimeoutException or IOException or InvalidOperationException)
        {
            Kill($"it did not end within {Targets.Durations.Text(max)}");
        }
    }

    public async ValueTask DisposeAsync()
    {
        Kill("the run was over");

        // Something that the user's code started may hold the pipes; nobody waits for it.
        await Task.WhenAny(_reading, Task.Delay(TimeSpan.FromSeconds(1), TimeProvider.System));
        _process.Dispose();
        _writing.Dispose();
    }

    private async Task WriteAsync(byte[] data)
    {
        try
        {
            await _writing.WaitAsync();
            try
            {
                await _process.StandardInput.BaseStream.WriteAsync(data);
                await _process.StandardInput.BaseStream.FlushAsync();
            }
            finally
            {
                _writing.Release();
            }
        }
        catch (Exception error) when (error is IOException or ObjectDisposedException or InvalidOperationException)
        {
            // The reader sees the end of the pipe and says it to everyone who asked.
        }
    }

    private async Task ListenAsync(int lineMax)
    {
        var why = await new BridgeLines(_process.StandardOutput.BaseStream, lineMax).ReadAsync(Take, _output.Print);
        var left = "";
        if (why.Length == 0)
        {
            try
            {
                await _process.WaitForExitAsync().WaitAsync(TimeSpan.FromSeconds(1), TimeProvider.System);
                left = $"it ended with exit code {_process.ExitCode}";
            }
            catch (Exception error) when (error is TimeoutException or InvalidOperationException)
            {
                left = "it closed its pipes";
            }
        }

        Kill(why.Length > 0 ? why : left);
    }

    private void Take(JsonObject message)
    {
        if (message["id"] is JsonValue id && id.TryGetValue<int>(out var number))
        {
            TaskCompletionSource<JsonObject>? asked;
            lock (_gate)
            {
                _asked.Remove(number, out asked);
            }

            asked?.TrySetResult(message);
        }
        else if (message["log"] is not null)
        {
            _output.Log(message);
        }
        else if (message["signal"] is { } signal)
        {
            _signalled((string)signal!, (int)message["exit"]!);
        }
        else if (message["ready"] is not null)
        {
            _ready.TrySetResult();
        }
    }

    private void Conclude(string why)
    {
        List<TaskCompletionSource<JsonObject>> left;
        lock (_gate)
        {
            if (_end.Length > 0)
            {
                return;
            }

            _end = why;
            left = [.. _asked.Values];
            _asked.Clear();
        }

        left.ForEach(asked => asked.TrySetException(Ended()));
        _ready.TrySetException(Ended());
        _ = _ready.Task.Exception;      // looked at, whether or not anyone still waits for it
    }

    private ActivityFailedException Ended() => new("CRT2336", $"The Python interpreter is gone: {_end}.{_output.Tail()}");
}
