using System.Text.Json.Nodes;
using Crater.Experiments.Functions;
using Crater.Runs.Activities.Functions;

namespace Crater.Runs.Activities;

/// <summary>Python functions that another part of Crater carries out natively, because the library must not know what they are about.</summary>
public interface INativeModule
{
    IReadOnlyList<PythonFunction> Functions { get; }

    /// <summary>Carries one of them out, with the arguments bound.</summary>
    /// <exception cref="ActivityFailedException">It failed as the Python function would.</exception>
    Task<JsonNode?> CallAsync(FunctionCall call, CancellationToken abort);
}
