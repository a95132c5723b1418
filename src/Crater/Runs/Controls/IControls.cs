using System.Text.Json.Nodes;
using Crater.Experiments;

namespace Crater.Runs.Controls;

/// <summary>
/// The controls of one run. The player calls this at each point in the order of the format; which control is called there, in which order and with what, is
/// decided behind it. A control that fails changes nothing; only one that asks for an interruption does.
/// </summary>
public interface IControls
{
    /// <summary>Configures each control once, in the order in which they appear.</summary>
    Task ConfigureAsync(CancellationToken abort);

    Task<ControlChanges> BeforeAsync(ControlPoint point, CancellationToken abort);

    Task<ControlChanges> AfterAsync(ControlPoint point, CancellationToken abort);

    /// <summary>Once each, at the very end, whatever happened.</summary>
    Task CleanUpAsync();
}

public enum ControlLevel { Experiment, Hypothesis, Method, Rollback, Activity }

/// <summary>Where in a run controls are called.</summary>
/// <param name="Activity">At the level of activities; null otherwise.</param>
/// <param name="State">
/// After: the journal (experiment), the hypothesis' state, the list of run entries (method, rollback), the run entry (activity). Null before.
/// </param>
public sealed record ControlPoint(ControlLevel Level, Activity? Activity, JsonNode? State);

/// <summary>What controls did to what they were shown; null where they left it as it was.</summary>
public sealed record ControlChanges
{
    public static ControlChanges None { get; } = new();

    /// <summary>Why the run is to be interrupted; empty for not at all.</summary>
    public string Interrupt { get; init; } = "";

    /// <summary>The activity as it is to be played, read again after a control wrote into it.</summary>
    public Activity? Activity { get; init; }

    /// <summary>The rest of the run sees these values.</summary>
    public IReadOnlyDictionary<string, JsonNode?>? Configuration { get; init; }

    public Secrets? Secrets { get; init; }

    /// <summary>The whole document, read again: a control may put activities into its method while it is played.</summary>
    public Experiment? Experiment { get; init; }

    /// <summary>The state, written into the journal in the place of what was there.</summary>
    public JsonNode? State { get; init; }
}

/// <summary>A run without controls.</summary>
public sealed class NoControls : IControls
{
    public static NoControls Instance { get; } = new();

    public Task ConfigureAsync(CancellationToken abort) => Task.CompletedTask;

    public Task<ControlChanges> BeforeAsync(ControlPoint point, CancellationToken abort) => Task.FromResult(ControlChanges.None);

    public Task<ControlChanges> AfterAsync(ControlPoint point, CancellationToken abort) => Task.FromResult(ControlChanges.None);

    public Task CleanUpAsync() => Task.CompletedTask;
}
