using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization.Metadata;
using Crater.Diagnostics;
using Crater.Models.Pilot.Minds;
using Crater.Models.Safety;

namespace Crater.Models.Pilot.Transcripts;

/// <summary>
/// A recorded session in place of the model, the world and the person: each gives what it gave then, in the same order. What is asked otherwise than it was, or is not in the recording any more, ends
/// the replay; where it went apart, the two transcripts tell.
/// </summary>
internal sealed class Recorded : IExecutor, IApprover, IMind
{
    private static readonly ExecutorJson Json = ExecutorJson.Default;

    private readonly Queue<JsonObject> _world;
    private readonly Queue<JsonObject> _approvals;
    private readonly Queue<JsonObject> _answers;
    private readonly CancellationTokenSource _end;

    /// <param name="end">Cancelled when the recording has nothing more to say.</param>
    public Recorded(IReadOnlyList<JsonObject> records, CancellationTokenSource end)
    {
        _end = end;
        Name = records[0]["mind"]!.GetValue<string>();
        _world = new(Of(records, "world"));
        _approvals = new(Of(records, "approval").Where(record => record["by"]!.GetValue<string>() == "person"));
        // What the rules answer, they will answer again.
        _answers = new(records.Zip(records.Skip(1)).Where(pair => Kind(pair.First) == "request" && Kind(pair.Second) == "answer" && pair.First["mind"]!.GetValue<string>() == Name).Select(pair => pair.Second));
    }

    public string Name { get; }

    public Task<ModelAnswer> NextAsync(IReadOnlyList<Message> messages, CancellationToken abort)
    {
        var record = Next(_answers);
        return record["error"] is not JsonObject error ? Task.FromResult(MessageJson.Read(record))
            : error["code"]!.GetValue<string>() is { Length: > 0 } code ? throw new CraterException(code, error["message"]!.GetValue<string>())
            : throw Ended();
    }

    public Task<ApprovalAnswer> AskAsync(ApprovalQuestion question, CancellationToken abort) =>
        Task.FromResult(Enum.Parse<ApprovalAnswer>(Next(_approvals)["answer"]!.GetValue<string>(), ignoreCase: true));

    public Task<IReadOnlyDictionary<string, ComponentState>> StateAsync(CancellationToken abort) => Given("state", null, Json.IReadOnlyDictionaryStringComponentState)!;

    public Task<TrialPlan> PlanAsync(TrialOrder order, CancellationToken abort) => Given("plan", JsonSerializer.SerializeToNode(order, Json.TrialOrder), Json.TrialPlan)!;

    public Task<TrialResult> RunAsync(TrialPlan plan, CancellationToken stop) => Given("run", JsonSerializer.SerializeToNode(plan, Json.TrialPlan), Json.TrialResult)!;

    public Task<StressResult> StressAsync(StressOrder order, CancellationToken stop) => Given("stress", JsonSerializer.SerializeToNode(order, Json.StressOrder), Json.StressResult)!;

    public Task<Availability> ProbeAsync(CancellationToken abort) => Given("probe", null, Json.Availability)!;

    public Task<double?> MeasureAsync(string metric, string component, CancellationToken abort) => Given("measure", $"{metric} {component}", Json.NullableDouble);

    public Task<IReadOnlyList<string>> EventsAsync(string run, CancellationToken abort) => Given("events", run, Json.IReadOnlyListString)!;

    public Task<string> AbortAsync(string run, CancellationToken abort) => Given("abort", run, Json.String)!;

    public Task RestAsync(TimeSpan time, CancellationToken abort) => Task.CompletedTask;

    private static IEnumerable<JsonObject> Of(IReadOnlyList<JsonObject> records, string kind) => records.Where(record => Kind(record) == kind);

    private static string Kind(JsonObject record) => record["kind"]!.GetValue<string>();

    private Task<T?> Given<T>(string call, JsonNode? input, JsonTypeInfo<T> form)
    {
        var record = Next(_world);
        // The recording has no secrets, and what is compared with it must have none either.
        if (record["call"]!.GetValue<string>() != call || (record["input"]?.ToJsonString() ?? "") != (Redaction.Of(input)?.ToJsonString() ?? ""))
        {
            throw Ended();
        }

        return record["error"] is JsonObject error
            ? throw new CraterException(error["code"]!.GetValue<string>(), error["message"]!.GetValue<string>())
            : Task.FromResult(record["output"].Deserialize(form));
    }

    private JsonObject Next(Queue<JsonObject> queue) => queue.TryDequeue(out var record) ? record : throw Ended();

    private OperationCanceledException Ended()
    {
        _end.Cancel();
        return new OperationCanceledException(_end.Token);
    }
}
