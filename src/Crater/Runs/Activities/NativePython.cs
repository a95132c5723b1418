using System.Text.Json.Nodes;
using Crater.Experiments;
using Crater.Experiments.Functions;
using Crater.Runs.Activities.Functions;

namespace Crater.Runs.Activities;

/// <summary>Calls the functions of a native module itself, and every other in the user's interpreter.</summary>
public sealed class NativePython(INativeModule native, IPython python, TimeProvider clock) : IPython
{
    private readonly Dictionary<string, PythonFunction> _functions = native.Functions.ToDictionary(function => function.FullName, StringComparer.Ordinal);

    public Action<RunInterruptedException>? OnInterrupt
    {
        get => python.OnInterrupt;
        set => python.OnInterrupt = value;
    }

    public Task<JsonNode?> CallAsync(PythonProvider provider, JsonObject arguments, ActivityContext context, CancellationToken abort) =>
        _functions.TryGetValue($"{provider.Module}.{provider.Function}", out var function)
            ? native.CallAsync(FunctionCall.Bind(function, provider, arguments, context, clock), abort)
            : python.CallAsync(provider, arguments, context, abort);

    public PythonSignature Describe(string module, string function) =>
        _functions.TryGetValue($"{module}.{function}", out var known) ? known.Signature : python.Describe(module, function);

    public ValueTask DisposeAsync()
    {
        (native as IDisposable)?.Dispose();
        return python.DisposeAsync();
    }
}
