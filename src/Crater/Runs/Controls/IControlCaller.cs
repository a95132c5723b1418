using System.Text.Json.Nodes;
using Crater.Experiments;

namespace Crater.Runs.Controls;

/// <summary>Calls the hooks of controls, wherever their code is.</summary>
internal interface IControlCaller
{
    /// <summary>How long a hook of the control may take; null for as long as any other.</summary>
    TimeSpan? HookMax(Control control) => null;

    /// <summary>Which hooks the control has; null with the reason when its code cannot be used.</summary>
    Task<(IReadOnlySet<ControlHook>? Hooks, string Problem)> LookAsync(Control control, CancellationToken stop);

    /// <summary>Carries out one hook. What it changed stands in <see cref="LivingDocument"/> afterwards.</summary>
    /// <exception cref="OperationCanceledException"><paramref name="stop"/> was asked for.</exception>
    Task<HookAnswer> CallAsync(HookCall call, LivingDocument document, CancellationToken stop);
}

/// <param name="Arguments">With variables put in.</param>
/// <param name="State">Null before.</param>
internal sealed record HookCall(Control Control, ControlHook Hook, JsonObject Arguments, ControlContext Context, JsonNode? State)
{
    /// <summary>The configure hooks of a document's own controls are not shown the settings, as in Chaos Toolkit.</summary>
    public bool SeesSettings { get; init; } = true;
}

/// <summary>What came of a hook.</summary>
internal sealed record HookAnswer
{
    public static HookAnswer Nothing { get; } = new();

    /// <summary>What it raised; empty when it did not.</summary>
    public string Failure { get; init; } = "";

    /// <summary>Why it wants the run to end; empty for not at all.</summary>
    public string Interrupt { get; init; } = "";

    /// <summary>The state, when it wrote into it.</summary>
    public JsonNode? State { get; init; }
}
