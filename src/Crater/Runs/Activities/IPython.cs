using System.Text.Json.Nodes;
using Crater.Experiments;

namespace Crater.Runs.Activities;

/// <summary>Calls Python functions that are not native here, in the user's own interpreter: one for a run, started at its first call.</summary>
public interface IPython : IAsyncDisposable
{
    /// <summary>Calls the function with the arguments, variables put in, and with configuration and secrets if its signature names them.</summary>
    /// <exception cref="ActivityFailedException">It raised, or there is no interpreter, module or function of that name.</exception>
    /// <exception cref="RunInterruptedException">It asked for the end of the run.</exception>
    Task<JsonNode?> CallAsync(PythonProvider provider, JsonObject arguments, ActivityContext context, CancellationToken abort);

    /// <summary>Told when the user's code asks for the end of the run at a moment when no call is there that could say so: from a thread of its own.</summary>
    Action<RunInterruptedException>? OnInterrupt { get => null; set { } }

    /// <summary>What a function takes, for validation; problems stand in the answer.</summary>
    PythonSignature Describe(string module, string function);
}

/// <summary>Code of the user's own asked for the end of the run.</summary>
/// <param name="isUngraceful">Background activities are not waited for and nothing is rolled back, whatever the strategy says.</param>
public sealed class RunInterruptedException(string reason, bool isUngraceful) : Exception(reason)
{
    public bool IsUngraceful { get; } = isUngraceful;
}
