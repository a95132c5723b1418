using System.Text.Json.Nodes;
using Crater.Experiments;

namespace Crater.Runs.Activities;

/// <summary>Plays the plain activities of a document: process, http, metric and python. Injections are the kernel's matter.</summary>
public interface IActivities
{
    /// <summary>Carries the activity out once, without its pauses. Fails by its answer, never by an exception of the activity's own.</summary>
    /// <exception cref="OperationCanceledException"><paramref name="abort"/> was asked for; what the activity had started is gone.</exception>
    Task<ActivityResult> PlayAsync(Activity activity, ActivityContext context, CancellationToken abort);
}

/// <summary>What an activity may see of its experiment.</summary>
public sealed record ActivityContext
{
    public IReadOnlyDictionary<string, JsonNode?> Configuration { get; init; } = new Dictionary<string, JsonNode?>();

    public Secrets Secrets { get; init; } = Secrets.None;

    /// <summary>What earlier activities of the run gave, by activity name: <c>${outputs.NAME.stdout}</c>.</summary>
    public IReadOnlyDictionary<string, JsonNode?> Outputs { get; init; } = new Dictionary<string, JsonNode?>();

    /// <summary>It runs beside others: in the background, or in a hypothesis that is checked beside the method.</summary>
    public bool IsBeside { get; init; }

    /// <summary>All of it, to be put into texts.</summary>
    public Substitution Values => new(Configuration, Secrets, Outputs);

    public static ActivityContext For(Experiment experiment) =>
        new() { Configuration = experiment.Configuration, Secrets = experiment.Secrets };
}

/// <summary>What came of an activity.</summary>
/// <param name="Succeeded">It was carried out. A program that exits with 1 or a page that answers 500 was carried out all the same: the tolerance judges it.</param>
/// <param name="Value">
/// What tolerances are checked against: <c>{status, stdout, stderr}</c> of a process, <c>{status, headers, body}</c> of a request, the number of a
/// metric, a function's return value. Secrets are masked in it, and long texts are cut and say so. Null when it failed.
/// </param>
/// <param name="Output">For the journal: the value as JSON text, or why it failed. Masked and cut like the value.</param>
/// <param name="Took">From the start of the provider to its end, without pauses.</param>
public sealed record ActivityResult(bool Succeeded, JsonNode? Value, string Output, TimeSpan Took)
{
    /// <summary>The word of the journal: succeeded or failed.</summary>
    public string Status => Succeeded ? "succeeded" : "failed";

    /// <summary>The value with its secrets, for other activities; never written anywhere.</summary>
    public JsonNode? Plain { get => field ?? Value; init; }

    /// <summary>
    /// What the document asks for could not even be tried: no such program, no path or request that the system can make sense of. The run is aborted for it,
    /// while an activity that fails leaves the run going on.
    /// </summary>
    public bool IsUnexpected { get; init; }

    /// <summary>The error's code; empty when it succeeded.</summary>
    public string Code { get; init; } = "";

    /// <summary>Why it failed, line by line, for the journal's <c>exception</c>; empty when it succeeded.</summary>
    public IReadOnlyList<string> Exception { get; init; } = [];
}
