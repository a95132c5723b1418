using System.Text.Json.Serialization;

namespace Crater.Models.Pilot;

/// <summary>
/// The only way from a session to the world. Whoever implements it starts experiments through the control plane alone, with the guards and limits of the document; nothing gets here that policy
/// and approval have not let through. Everything that goes in and out is plain data, so that a session can be written down and played again.
/// </summary>
public interface IExecutor
{
    /// <summary>How many pods each component has, and how many of them are ready, by component id.</summary>
    Task<IReadOnlyDictionary<string, ComponentState>> StateAsync(CancellationToken abort);

    /// <summary>Draws the targets. Touches nothing.</summary>
    Task<TrialPlan> PlanAsync(TrialOrder order, CancellationToken abort);

    /// <summary>Steady state, inject, guard, recover, prove. Ends with a result, also when <paramref name="stop"/> asks it to end early.</summary>
    Task<TrialResult> RunAsync(TrialPlan plan, CancellationToken stop);

    /// <summary>Sends requests for a while; ends early by itself when nearly all of them fail.</summary>
    Task<StressResult> StressAsync(StressOrder order, CancellationToken stop);

    /// <summary>One request to the availability route.</summary>
    Task<Availability> ProbeAsync(CancellationToken abort);

    /// <summary>The freshest value of a known metric; null when nothing was measured.</summary>
    /// <param name="component">Id; empty for the whole application.</param>
    Task<double?> MeasureAsync(string metric, string component, CancellationToken abort);

    /// <summary>What happened in a run, a line for each event. May have words that anyone has written.</summary>
    Task<IReadOnlyList<string>> EventsAsync(string run, CancellationToken abort);

    /// <summary>Ends a run of any process, and puts back what a dead one has left.</summary>
    /// <returns>What is true afterwards, in one sentence.</returns>
    Task<string> AbortAsync(string run, CancellationToken abort);

    /// <summary>Waits between two faults.</summary>
    Task RestAsync(TimeSpan time, CancellationToken abort);
}

public sealed record ComponentState(int Ready, int Replicas);

/// <summary>An experiment that is to be planned.</summary>
/// <param name="Proposal">Id of the proposal that it comes from.</param>
/// <param name="Document">The experiment.</param>
public sealed record TrialOrder(string Proposal, string Document);

/// <summary>What a run would hit.</summary>
/// <param name="Run">Its id.</param>
/// <param name="FaultSeconds">How long faults are in place, one after another.</param>
/// <param name="Problems">Why it would be refused; empty when it would not.</param>
public sealed record TrialPlan(string Run, string Title, double FaultSeconds, IReadOnlyList<TrialTarget> Targets, IReadOnlyList<string> Problems);

/// <param name="Target">Id of a target, such as <c>pod/shop/carts-1</c>.</param>
/// <param name="Component">Id of its component; empty for a node.</param>
public sealed record TrialTarget(string Fault, string Target, string Namespace, string Component, double Seconds);

/// <summary>How a run ended.</summary>
/// <param name="Verdict">upheld, refuted or inconclusive.</param>
/// <param name="IsClean">Every fault is proven gone, and the journal says so.</param>
/// <param name="Interrupted">A person or a signal ended it.</param>
/// <param name="Guard">The guard that ended it; empty when none did.</param>
/// <param name="Missed">The probes that were missed while the fault was in place, by their names in the document.</param>
/// <param name="Finding">For people: what was found, with its figures.</param>
public sealed record TrialResult(string Run, string Verdict, bool IsClean, bool Interrupted, string Guard, IReadOnlyList<string> Missed, string Finding);

/// <param name="Users">Requests per second: a user is one request a second.</param>
public sealed record StressOrder(string Route, int Users, int Seconds);

/// <summary>What a route did under load.</summary>
/// <param name="P95">Unit: seconds; null when nothing was answered.</param>
/// <param name="Lag">How late this machine sent, 99th percentile. Unit: seconds.</param>
public sealed record StressResult(string Route, int Users, long Sent, long Completed, long Errors, double? P95, double Lag, bool Interrupted)
{
    /// <summary>More errors than this, as a share, are not survived.</summary>
    public const double ErrorsMax = 0.05;

    /// <summary>A longer 95th percentile is not survived.</summary>
    /// <value>Unit: seconds.</value>
    public const double P95Max = 2;

    /// <summary>Null when it cannot be told: it was ended early, nothing was sent, or this machine could not keep up.</summary>
    [JsonIgnore]
    public bool? Survived => Completed == 0 || Interrupted || Lag > 1 ? null : Errors <= ErrorsMax * Completed && P95 <= P95Max;
}

/// <param name="Status">HTTP status; 0 when there was no answer.</param>
/// <param name="Seconds">How long it took.</param>
public sealed record Availability(int Status, double Seconds);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(IReadOnlyDictionary<string, ComponentState>))]
[JsonSerializable(typeof(TrialOrder))]
[JsonSerializable(typeof(TrialPlan))]
[JsonSerializable(typeof(TrialResult))]
[JsonSerializable(typeof(StressOrder))]
[JsonSerializable(typeof(StressResult))]
[JsonSerializable(typeof(Availability))]
[JsonSerializable(typeof(IReadOnlyList<string>))]
[JsonSerializable(typeof(double?))]
[JsonSerializable(typeof(string))]
internal sealed partial class ExecutorJson : JsonSerializerContext;
