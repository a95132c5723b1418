using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization.Metadata;
using Crater.Diagnostics;

namespace Crater.Models.Pilot.Transcripts;

/// <summary>Writes down everything that goes to the world and comes back, so that a session can be played again without it.</summary>
internal sealed class RecordingExecutor(IExecutor inner, Transcript transcript) : IExecutor
{
    private static readonly ExecutorJson Json = ExecutorJson.Default;

    public Task<IReadOnlyDictionary<string, ComponentState>> StateAsync(CancellationToken abort) => NotedAsync("state", null, () => inner.StateAsync(abort), Json.IReadOnlyDictionaryStringComponentState, abort);

    public Task<TrialPlan> PlanAsync(TrialOrder order, CancellationToken abort) => NotedAsync("plan", Of(order, Json.TrialOrder), () => inner.PlanAsync(order, abort), Json.TrialPlan, abort);

    public Task<TrialResult> RunAsync(TrialPlan plan, CancellationToken stop) => NotedAsync("run", Of(plan, Json.TrialPlan), () => inner.RunAsync(plan, stop), Json.TrialResult, stop);

    public Task<StressResult> StressAsync(StressOrder order, CancellationToken stop) => NotedAsync("stress", Of(order, Json.StressOrder), () => inner.StressAsync(order, stop), Json.StressResult, stop);

    public Task<Availability> ProbeAsync(CancellationToken abort) => NotedAsync("probe", null, () => inner.ProbeAsync(abort), Json.Availability, abort);

    public Task<double?> MeasureAsync(string metric, string component, CancellationToken abort) => NotedAsync("measure", $"{metric} {component}", () => inner.MeasureAsync(metric, component, abort), Json.NullableDouble, abort);

    public Task<IReadOnlyList<string>> EventsAsync(string run, CancellationToken abort) => NotedAsync("events", run, () => inner.EventsAsync(run, abort), Json.IReadOnlyListString, abort);

    public Task<string> AbortAsync(string run, CancellationToken abort) => NotedAsync("abort", run, () => inner.AbortAsync(run, abort), Json.String, abort);

    public Task RestAsync(TimeSpan time, CancellationToken abort) => inner.RestAsync(time, abort);

    private static JsonNode? Of<T>(T value, JsonTypeInfo<T> form) => JsonSerializer.SerializeToNode(value, form);

    private async Task<T> NotedAsync<T>(string call, JsonNode? input, Func<Task<T>> act, JsonTypeInfo<T> form, CancellationToken abort)
    {
        try
        {
            var output = await act();
            transcript.Add("world", new JsonObject { ["call"] = call, ["input"] = input, ["output"] = Of(output, form) });
            return output;
        }
        catch (Exception thrown) when (thrown is not OperationCanceledException || !abort.IsCancellationRequested)
        {
            // With a code, so that a replay can throw the same: what came back is what the session went on with.
            var error = thrown as CraterException ?? new CraterException("CRT7329", $"The world was asked for '{call}' and failed: {thrown.GetType().Name}: {thrown.Message}", thrown);
            transcript.Add("world", new JsonObject { ["call"] = call, ["input"] = input, ["error"] = new JsonObject { ["code"] = error.Code, ["message"] = error.Message } });
            throw error;
        }
    }
}
