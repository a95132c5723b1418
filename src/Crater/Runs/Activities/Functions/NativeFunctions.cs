using System.Text.Json.Nodes;
using Crater.Experiments;

namespace Crater.Runs.Activities.Functions;

/// <summary>Carries a native function out. What it gives is what the Python function of that name gives.</summary>
/// <exception cref="ActivityFailedException">It failed as the Python function would, by an exception.</exception>
internal delegate Task<JsonNode?> NativeFunction(FunctionCall call, CancellationToken abort);

/// <summary>What carries out the functions of <see cref="PythonFunctions"/>; a test proves that the two name the same ones.</summary>
internal static class NativeFunctions
{
    public static IReadOnlyDictionary<string, NativeFunction> All { get; } = new[]
    {
        PathCalls.All,
        FileCalls.All,
        ToolkitCalls.All,
        ToxiproxyCalls.All,
        PrometheusCalls.All,
        K6Calls.All,
    }.SelectMany(family => family).ToDictionary(pair => pair.Key, pair => pair.Value, StringComparer.Ordinal);

    /// <summary>Binds the arguments as Python would, and calls.</summary>
    public static Task<JsonNode?> RunAsync(
        Experiments.Functions.PythonFunction function, PythonProvider provider, JsonObject arguments, ActivityContext context, TimeProvider clock, CancellationToken abort) =>
        All[function.FullName](FunctionCall.Bind(function, provider, arguments, context, clock), abort);

    /// <summary>A function that does not wait for anything.</summary>
    public static NativeFunction AtOnce(Func<FunctionCall, JsonNode?> function) => (call, abort) =>
    {
        abort.ThrowIfCancellationRequested();
        return Task.FromResult(function(call));
    };
}
