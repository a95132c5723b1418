using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using Crater.Experiments;
using Crater.Targets;

namespace Crater.Runs.Activities.Python;

/// <summary>
/// The user's own interpreter: one process for a run, started at the first call, talked to in JSON over its pipes. A call that cannot be interrupted, and an
/// interpreter that ends in the middle, cost that process alone: the next call starts another.
/// </summary>
public sealed class PythonBridge(PythonOptions options, TimeProvider clock) : IPython
{
    private const string Hangs = "CRT2338";

    private readonly BridgeOutput _output = new(options.Log);
    private readonly SemaphoreSlim _starting = new(1, 1);
    private readonly ConcurrentDictionary<(string Module, string Function), PythonSignature> _signatures = new();
    private readonly ConcurrentDictionary<string, string> _hanging = new();
    private BridgeProcess? _process;
    private bool _isOver;

    public Action<RunInterruptedException>? OnInterrupt { get; set; }

    /// <summary>How many interpreters there were: what lived in an earlier one is gone.</summary>
    internal int Generation { get; private set; }

    internal BridgeOutput Output => _output;

    public async Task<JsonNode?> CallAsync(PythonProvider provider, JsonObject arguments, ActivityContext context, CancellationToken abort)
    {
        _output.Secrets = context.Secrets;
        var message = new JsonObject
        {
            ["do"] = "call",
            ["module"] = provider.Module,
            ["func"] = provider.Function,
            ["arguments"] = arguments.DeepClone(),
            ["configuration"] = new JsonObject(context.Configuration.Select(pair => KeyValuePair.Create(pair.Key, pair.Value?.DeepClone()))),
            ["most"] = options.ValueMax,
            ["beside"] = context.IsBeside,
        };
        if (provider.Secrets.Count > 0)
        {
            message["secrets"] = context.Secrets.Merged(provider.Secrets);
        }

        var answer = await AskAsync($"{provider.Module}.{provider.Function}", _ => message, abort);
        return answer.TryGetPropertyValue("value", out var value) ? value?.DeepClone() : throw Failure($"{provider.Module}.{provider.Function}", answer);
    }

    public PythonSignature Describe(string module, string function) =>
        _signatures.GetOrAdd((module, function), _ => Task.Run(() => DescribeAsync(module, function)).GetAwaiter().GetResult());

    /// <summary>Has a control's module look at the control itself.</summary>
    /// <param name="control">As the document declares it.</param>
    /// <returns>Why the module refuses it; empty when it does not, has nothing to say or cannot be asked.</returns>
    public string Refusal(string module, JsonObject control) => Task.Run(async () =>
    {
        using var patience = new CancellationTokenSource(options.ImportMax, clock);
        try
        {
            var answer = await AskAsync($"The control {module}", _ => new JsonObject { ["do"] = "control", ["module"] = module, ["control"] = control.DeepClone() }, patience.Token);
            return (string?)answer["invalid"] ?? "";
        }
        catch (Exception error) when (error is OperationCanceledException or ActivityFailedException)
        {
            return "";
        }
    }).GetAwaiter().GetResult();

    /// <summary>Asks the interpreter something, starting it when there is none.</summary>
    /// <param name="what">What is called, for an error message.</param>
    /// <param name="message">Given the interpreter's <see cref="Generation"/>.</param>
    /// <exception cref="ActivityFailedException">CRT2308, CRT2330, CRT2336: there is no interpreter, or it is gone.</exception>
    /// <exception cref="OperationCanceledException">The call was interrupted, and is gone or can do nothing more.</exception>
    internal async Task<JsonObject> AskAsync(string what, Func<int, JsonObject> message, CancellationToken stop)
    {
        var process = await StartedAsync(what, stop);
        var (number, answer) = await process.AskAsync(message(Generation));
        try
        {
            return await answer.WaitAsync(stop);
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            await InterruptAsync(process, number, answer);
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _starting.WaitAsync();
        _isOver = true;
        if (_process is { } process)
        {
            _process = null;
            await process.EndAsync(options.EndMax, clock);
            await process.DisposeAsync();
        }

        _starting.Release();
    }

    private async Task<BridgeProcess> StartedAsync(string what, CancellationToken stop)
    {
        await _starting.WaitAsync(stop);
        try
        {
            if (_process is { HasEnded: false } running)
            {
                return running;
            }

            ObjectDisposedException.ThrowIf(_isOver, this);
            if (_process is { } ended)
            {
                _output.Warn("The Python interpreter is started again; what its modules kept in memory is gone.");
                await ended.DisposeAsync();
            }

            var interpreter = options.Find() ?? throw new ActivityFailedException("CRT2308",
                $"{what} is Python code that is not native here, and there is no python3 on the PATH to run it. Install Python 3.8 or newer, or name an interpreter in {PythonOptions.Variable}. docs/python-functions.md lists what needs none.");
            _process = await BridgeProcess.StartAsync(interpreter, options, _output, Signalled, clock);
            Generation++;
            return _process;
        }
        finally
        {
            _starting.Release();
        }
    }

    // The bridge raises in the call, ends what it had started, and says what came of it. One that cannot even answer is busy outside of Python.
    private async Task InterruptAsync(BridgeProcess process, int number, Task<JsonObject> answer)
    {
        await process.TellAsync(new JsonObject { ["do"] = "interrupt", ["call"] = number });
        try
        {
            var left = await answer.WaitAsync(options.InterruptMax, clock);
            if ((string?)left["given_up"] == "moves")
            {
                process.Kill("a call went on although it was interrupted again and again, and was ended with the interpreter");
            }
        }
        catch (TimeoutException)
        {
            process.Kill($"a call could not be interrupted within {Durations.Text(options.InterruptMax)}, and was ended with the interpreter");
        }
        catch (ActivityFailedException)
        {
            // The interpreter ended, and the call with it.
        }
    }

    private void Signalled(string name, int exit) =>
        OnInterrupt?.Invoke(new RunInterruptedException($"Python code sent {name} to its own process", exit == 30));

    private async Task<PythonSignature> DescribeAsync(string module, string function)
    {
        if (_hanging.TryGetValue(module, out var hangs))
        {
            return new PythonSignature { Problem = hangs };
        }

        using var patience = new CancellationTokenSource(options.ImportMax, clock);
        try
        {
            var answer = await AskAsync(
                $"{module}.{function}", _ => new JsonObject { ["do"] = "describe", ["module"] = module, ["func"] = function }, patience.Token);
            return new PythonSignature
            {
                Problem = (string?)answer["problem"] ?? (string?)answer["failed"] ?? (string?)answer["reason"] ?? "",
                TakesAny = (bool?)answer["any"] ?? false,
                Parameters = [.. (answer["parameters"] as JsonArray ?? []).Select(one => new PythonParameter((string)one![0]!, (bool)one[1]!))],
            };
        }
        catch (OperationCanceledException) when (patience.IsCancellationRequested)
        {
            return new PythonSignature { Problem = _hanging[module] = $"the module {module} was not imported within {Durations.Text(options.ImportMax)} ({Hangs})" };
        }
        catch (ActivityFailedException failed)
        {
            return new PythonSignature { Problem = $"{failed.Message} ({failed.Code})" };
        }
    }

    private static Exception Failure(string function, JsonObject answer)
    {
        if (answer["failed"] is { } failed)
        {
            return new ActivityFailedException("CRT2333", (string)failed!) { Trace = [.. (answer["trace"] as JsonArray ?? []).Select(line => (string)line!)] };
        }

        if (answer["exit"] is { } exit)
        {
            return new RunInterruptedException($"{function} asked for the end of the run ({answer["reason"]})", (int)exit! == 30);
        }

        return answer switch
        {
            _ when answer["missing"] is { } missing => new ActivityFailedException((string?)answer["kind"] == "module" ? "CRT2331" : "CRT2332", $"{function} cannot be called: {missing}."),
            _ when answer["no_json"] is { } no => new ActivityFailedException("CRT2334", $"{function} {no}. Give text, numbers, lists and maps."),
            _ when answer["too_long"] is { } size => new ActivityFailedException("CRT2335", $"{function} gave {size} bytes of JSON, more than fit into a journal. Give what the tolerance needs."),
            _ => new ActivityFailedException("CRT2336", $"{function} was interrupted inside the interpreter."),
        };
    }
}
