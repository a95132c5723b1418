using System.Text.Json.Nodes;
using Crater.Experiments;
using Crater.Runs.Activities.Functions;

namespace Crater.Runs.Activities;

/// <summary>Calls a Python function: natively when <see cref="PythonFunctions"/> has it, else in the user's interpreter.</summary>
internal sealed class PythonCall(TimeProvider clock, IPython? python)
{
    public Task<JsonNode?> RunAsync(PythonProvider provider, Substitution values, ActivityContext context, CancellationToken abort)
    {
        var arguments = (JsonObject)values.Apply(provider.Arguments)!;
        if (PythonFunctions.Find(provider.Module, provider.Function) is { } native)
        {
            return NativeFunctions.RunAsync(native, provider, arguments, context, clock, abort);
        }

        return python is not null
            ? python.CallAsync(provider, arguments, context, abort)
            : throw new ActivityFailedException("CRT2308",
                $"{provider.Module}.{provider.Function} is a Python function that is not native here, and there is no interpreter to run it. docs/python-functions.md lists the native ones.");
    }
}
