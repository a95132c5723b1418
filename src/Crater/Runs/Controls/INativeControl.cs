using System.Text.Json.Nodes;
using Crater.Experiments;

namespace Crater.Runs.Controls;

/// <summary>
/// A control that is carried out here, in the place of the Python module that documents name. It is called for every hook, and does nothing for those that it
/// does not have.
/// </summary>
public interface INativeControl
{
    /// <summary>The Python module it stands in for, e.g. <c>chaosterraform.control</c>.</summary>
    string Module { get; }

    /// <value>How long a hook may take. Default: null, what <see cref="ControlOptions.HookMax"/> says.</value>
    TimeSpan? HookMax => null;

    /// <summary>
    /// Carries out one hook. It may write into everything it is shown: what it changed is what the rest of the run sees. What it throws is logged and
    /// changes nothing else, but for a configure hook of the settings' controls, which then is not called any more.
    /// </summary>
    /// <exception cref="Activities.RunInterruptedException">The run is to be interrupted.</exception>
    /// <exception cref="OperationCanceledException"><paramref name="abort"/> was asked for, or the hook took longer than it may; what it had started is gone.</exception>
    Task CallAsync(ControlHook hook, ControlCall call, CancellationToken abort);
}

/// <summary>The points at which a control may be called.</summary>
public enum ControlHook
{
    Configure,
    BeforeLoading,
    AfterLoading,
    BeforeExperiment,
    AfterExperiment,
    BeforeHypothesis,
    AfterHypothesis,
    BeforeMethod,
    AfterMethod,
    BeforeRollback,
    AfterRollback,
    BeforeActivity,
    AfterActivity,
    CleanUp,
}

/// <summary>What a hook is shown. The objects live as long as the run, and are the same ones at every hook of every native control.</summary>
/// <param name="Control">As it is declared.</param>
/// <param name="Arguments">Its own, with variables put in; as they are declared for the configure hook.</param>
/// <param name="Experiment">The whole document; an empty map before it is loaded.</param>
/// <param name="Configuration">By name.</param>
/// <param name="Secrets">By group and name; must not be written anywhere.</param>
public sealed record ControlCall(Control Control, JsonObject Arguments, JsonObject Experiment, JsonObject Configuration, JsonObject Secrets)
{
    /// <summary>The experiment, hypothesis or activity it is called around, as a part of <see cref="Experiment"/>; the source as text when a document is loaded.</summary>
    public JsonNode? Context { get; init; }

    /// <summary>After: the journal, the hypothesis' state, the list of run entries, the run entry, the loaded document. Null before.</summary>
    public JsonNode? State { get; init; }

    /// <summary>The settings file; null without one.</summary>
    public JsonObject? Settings { get; init; }
}
