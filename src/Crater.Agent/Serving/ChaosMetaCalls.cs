using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Crater.Agent.Faults;
using Crater.Agent.Keeping;
using Crater.Agent.Places;
using Crater.Agent.State;
using Crater.Agent.Verbs;

namespace Crater.Agent.Serving;

/// <summary><c>/v1/experiment/*</c>: the bodies of ChaosMeta's agent, for those who have clients for it. The statuses are true ones, where that agent says 200 to everything.</summary>
internal sealed class ChaosMetaCalls(ServedHost host, InjectCalls inject)
{
    private static readonly IReadOnlyList<Member> Record =
    [
        .. from name in new[] { "uid", "target", "fault", "args", "timeout", "status", "creator", "error", "create_time", "update_time", "container_id", "container_runtime", "runtime" }
           select new Member(name, Shape.Text($"As in ChaosMeta's {name}.")),
    ];

    private static readonly Member Trace = new("trace_id", Shape.Text("Comes back as it is."), IsRequired: false);

    public static Shape InjectBody { get; } = Texts("What to inject.", "timeout", "creator", "args", "container_id", "container_runtime", "uid");

    public static Shape RecoverBody { get; } = Shape.Object("What to take off.", new("uid", Shape.Text("Its name.")), Trace);

    public static Shape QueryBody { get; } = Shape.Object("Which to tell of.") with
    {
        Members =
        [
            .. from name in new[] { "uid", "status", "target", "fault", "creator", "container_id", "container_runtime" } select new Member(name, Shape.Text("Only those; all when it is left out or empty."), IsRequired: false),
            new("offset", Shape.Number("Without the newest so many."), IsRequired: false), new("limit", Shape.Number("At most so many; all when it is 0 or left out."), IsRequired: false), Trace,
        ],
    };

    /// <summary>Of problems too: then the code is not 0, and there is no data.</summary>
    public static Shape Answer { get; } = Shape.Object("ChaosMeta's envelope.",
        new("code", Shape.Number("0 done, 1 not right, 2 a uid that was used or is not known, 3 not injected, 4 failed.")), new("message", Shape.Text("For a person.")), Trace,
        new("data", Shape.Object("The injection, or those that were asked for.", new("experiment", Shape.Object("One injection.") with { Members = Record }, IsRequired: false),
            new("experiments", Shape.ListOf(Shape.Object("One injection.") with { Members = Record }, "Newest first."), IsRequired: false),
            new("total", Shape.Number("How many the filters let through."), IsRequired: false)), IsRequired: false));

    public Reply Inject(Call call)
    {
        var name = $"{call.Text("target")}-{call.Text("fault")}";
        var fault = HostFaults.Find(name)?.Description ?? throw new AgentException("CRT5501", ExitCodes.Usage, $"There is no fault {call.Text("target")} {call.Text("fault")} here. GET /v1/catalog lists all there are.");
        var uid = call.Text("uid") is { Length: > 0 } given ? InjectVerb.Checked(given) : Uid.New();
        var place = PlaceSearch.Find(new Dictionary<string, string> { ["container"] = call.Text("container_id"), ["container-runtime"] = call.Text("container_runtime") });
        var request = new FaultRequest(uid, fault.Name, ArgumentValues.Read(fault, InjectCalls.Arguments(fault, Arguments(call)), place is not null)) { Place = place };
        var record = inject.Carry(new Asked(request, call.Text("creator") is { Length: > 0 } creator ? creator : call.Caller,
            InjectVerb.Span(call.Text("timeout"), "timeout", Limits.TimeoutDefault), TimeSpan.Zero), call.Abort);
        return Said(call, new JsonObject { ["experiment"] = Experiment(record) }) with { Note = uid };
    }

    public Reply Recover(Call call)
    {
        var uid = InjectVerb.Checked(call.Text("uid"));
        var result = RecoverCalls.One(host, uid);
        return (string?)result["state"] == "tombstone" ? throw new AgentException("CRT5530", ExitCodes.Unknown, $"No injection {uid} is known on this host, so nothing was recovered; an inject with that uid that comes later is refused.")
            : (bool?)result["clean"] == true ? Said(call, null) with { Note = uid }
            : throw new AgentException("CRT5550", ExitCodes.Residue, $"{uid} could not be taken off wholly: {(string?)result["left"]}. Look with: {(string?)result["look"]}");
    }

    public Reply Query(Call call)
    {
        var found = host.State.All().Select(QueryVerb.Read).Select(record => (record.CreatedAt, Told: Experiment(record)))
            .Where(one => new[] { "uid", "status", "target", "fault", "creator" }.All(name => call.Text(name) is var wanted && (wanted.Length == 0 || wanted == (string?)one.Told[name])))
            .OrderByDescending(one => one.CreatedAt, StringComparer.Ordinal).ToList();
        var limit = Number(call, "limit");
        var shown = found.Skip(Number(call, "offset")).Take(limit == 0 ? found.Count : limit);
        return Said(call, new JsonObject { ["total"] = found.Count, ["experiments"] = new JsonArray([.. shown.Select(one => (JsonNode)one.Told)]) });
    }

    /// <summary>A problem in their envelope.</summary>
    public static Reply InTheirForm(Reply problem) => problem with
    {
        Content = new JsonObject
        {
            ["code"] = problem.Status switch { 400 or 401 => 1, 404 or 409 => 2, 422 => 3, _ => 4 },
            ["message"] = $"{problem.Note}: {problem.Message}",
        }.ToJsonString(),
    };

    private static Reply Said(Call call, JsonObject? data)
    {
        var body = new JsonObject { ["code"] = 0, ["message"] = "success", ["trace_id"] = call.Text("trace_id") };
        if (data is not null)
        {
            body["data"] = data;
        }

        return Reply.Json(200, body);
    }

    // A JSON document inside a text, with underscores for dashes.
    private static JsonObject Arguments(Call call)
    {
        try
        {
            return call.Text("args") is not { Length: > 0 } text ? [] : JsonNode.Parse(text, null, new JsonDocumentOptions { MaxDepth = Limits.BodyDepthMax }) as JsonObject
                ?? throw new AgentException("CRT5650", ExitCodes.Usage, "args must be an object, written as a text.");
        }
        catch (JsonException e)
        {
            throw new AgentException("CRT5650", ExitCodes.Usage, $"args is no JSON: {e.Message}");
        }
    }

    private static JsonObject Experiment(InjectionRecord record)
    {
        var dash = record.Fault.IndexOf('-', StringComparison.Ordinal);
        return new JsonObject
        {
            ["uid"] = record.Uid,
            ["target"] = dash < 0 ? record.Fault : record.Fault[..dash],
            ["fault"] = dash < 0 ? "" : record.Fault[(dash + 1)..],
            ["args"] = record.Arguments,
            ["timeout"] = record.Intent?["timeout-ms"] is { Length: > 0 } milliseconds ? InjectionJson.Span(TimeSpan.FromMilliseconds(double.Parse(milliseconds, CultureInfo.InvariantCulture))) : "",
            ["status"] = Status(record.Status),
            ["creator"] = record.Creator,
            ["error"] = record.Status == InjectionStatus.Residue ? record.Certificate?["evidence"] ?? "" : record.Error,
            ["create_time"] = Time(record.CreatedAt),
            ["update_time"] = Time(record.UpdatedAt),
            ["container_id"] = "",
            ["container_runtime"] = "",
            ["runtime"] = "",
        };
    }

    private static string Status(InjectionStatus status) => status switch
    {
        InjectionStatus.Intended => "created",
        InjectionStatus.Injected or InjectionStatus.Recovering => "success",
        InjectionStatus.Recovered or InjectionStatus.Tombstone => "destroyed",
        _ => "error",
    };

    // Without a zone, as theirs; ours is UTC.
    private static string Time(string at) => at.Length >= 19 ? at[..19].Replace('T', ' ') : "";

    private static int Number(Call call, string name) => (int)((double?)call.Body[name] ?? 0);

    private static Shape Texts(string summary, params IReadOnlyList<string> optional) => Shape.Object(summary) with
    {
        Members =
        [
            new("target", Shape.Text("ChaosMeta's first word, such as cpu.")), new("fault", Shape.Text("Its second, such as burn.")),
            .. optional.Select(name => new Member(name, Shape.Text($"As in ChaosMeta's {name}."), IsRequired: false)), Trace,
        ],
    };
}
