using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Crater.Agent.Faults;
using Crater.Agent.Keeping;
using Crater.Agent.Places;
using Crater.Agent.State;
using Crater.Agent.Verbs;

namespace Crater.Agent.Serving;

/// <summary><c>POST /v1/prepare</c> and <c>/v1/inject</c>: the same checks, journal and keepers as the command line.</summary>
internal sealed class InjectCalls(ServedHost host)
{
    private static readonly Shape Place = Shape.Object("Where to put it instead of onto the host: one of these.",
        new("container", Shape.Text("A container's id, or the beginning of it."), IsRequired: false), new("pid", Shape.Number("Any process in it."), IsRequired: false),
        new("cgroup", Shape.Text("A cgroup's path."), IsRequired: false),
        new("pod", Shape.Text("The uid of a pod of Kubernetes; with container, one of its containers."), IsRequired: false),
        new("container-runtime", Shape.Text("Beside a container whose runtime cannot be told from its control group: docker, podman, containerd, cri-o, runc or crun."), IsRequired: false));

    private static readonly IReadOnlyList<Member> What =
    [
        new("fault", Shape.Text("Its canonical name or another that the catalogue has.")),
        new("arguments", Shape.Object("By the names of the catalogue; numbers and booleans as such, amounts and durations as texts with their unit.") with { IsOpen = true, Others = new Shape(Shape.Scalar, "A value.") }, IsRequired: false),
        new("place", Place, IsRequired: false),
    ];

    public static Shape PrepareBody { get; } = Shape.Object("What would be injected.") with { Members = What };

    public static Shape Prepared { get; } = Shape.Object("What an inject would do now.",
        new("mechanism", Shape.Text("What would really be done.")), new("fingerprint", Shape.Text("How the target is now.")),
        new("claims", Shape.ListOf(Shape.Text("A key."), "What nobody else could touch meanwhile.")));

    public static Shape InjectBody { get; } = Shape.Object("What to inject.") with
    {
        Members =
        [
            new("uid", Shape.Text("5 to 36 letters, digits, dashes or underscores, never used before; one is made up when it is left out. Name it yourself to recover what was never answered."), IsRequired: false),
            .. What,
            new("timeout", Shape.Duration("It ends by itself after this, such as 30s; 1h when left out, at most 24h."), IsRequired: false),
            new("lease", Shape.Duration("It also ends this long after the last renewal, such as 15s; none when left out."), IsRequired: false),
            new("creator", Shape.Text("Who asks, for queries; the caller as the audit log knows it when left out."), IsRequired: false),
        ],
    };

    public static Shape Injected { get; } = Shape.Object("It is in place.",
        new("uid", Shape.Text("Its name.")), new("state", Shape.Text("injected") with { Choices = ["injected"] }), new("mechanism", Shape.Text("What was really done.")),
        new("fingerprint", Shape.Text("How the target was before.")), new("injectedAt", Shape.Text("When it was in place, in UTC.")), new("deadlineIn", Shape.Duration("How long until it ends by itself.")));

    public Reply Prepare(Call call)
    {
        var request = Request(Uid.New(), call);
        var fault = HostFaults.Find(request.Fault)!;
        _ = fault.Check();
        var (preparation, undo) = new Beginning(host.State, host.Clock, host.InjectionsMax).Survey(request, fault);
        return Reply.Json(200, new JsonObject
        {
            ["mechanism"] = preparation.Mechanism,
            ["fingerprint"] = undo["before"],
            ["claims"] = new JsonArray([.. preparation.Claims.Select(claim => (JsonNode)claim)]),
        });
    }

    public Reply Inject(Call call)
    {
        var uid = call.Text("uid") is { Length: > 0 } given ? InjectVerb.Checked(given) : Uid.New();
        var request = Request(uid, call);
        var asked = new Asked(request, call.Text("creator") is { Length: > 0 } creator ? creator : call.Caller,
            InjectVerb.Span(call.Text("timeout"), "timeout", Limits.TimeoutDefault), InjectVerb.Span(call.Text("lease"), "lease", TimeSpan.Zero));
        if (host.State.Find(uid) is { } used)
        {
            return Again(used);
        }

        try
        {
            return Told(asked, call);
        }
        catch (AgentException e) when (e.Code == "CRT5524" && host.State.Find(uid) is { } folder)
        {
            return Again(folder);       // another call with the same uid was faster
        }
    }

    /// <summary>Puts it on, and takes it off again when nobody is there any more to be told.</summary>
    public InjectionRecord Carry(Asked asked, CancellationToken abort)
    {
        _ = HostFaults.Find(asked.Request.Fault)!.Check();
        try
        {
            host.Ask(asked);
        }
        catch (AgentException e) when (e.Code == "CRT5542")
        {
            // A keeper that was stopped may still read the request when it goes on; after this it finds itself refused.
            RecoverCalls.One(host, asked.Request.Uid);
            throw;
        }

        if (abort.IsCancellationRequested)
        {
            RecoverCalls.One(host, asked.Request.Uid);
            throw new AgentException("CRT5666", ExitCodes.NotInjected, $"Whoever asked for {asked.Request.Uid} was gone before it could be told, so it was taken off.");
        }

        return host.State.Find(asked.Request.Uid)!.Read();
    }

    private Reply Told(Asked asked, Call call)
    {
        var record = Carry(asked, call.Abort);
        return Reply.Json(201, new JsonObject
        {
            ["uid"] = record.Uid,
            ["state"] = "injected",
            ["mechanism"] = record.Mechanism,
            ["fingerprint"] = record.Before,
            ["injectedAt"] = record.UpdatedAt,
            ["deadlineIn"] = InjectionJson.Span(record.Deadline?.LeftAt(host.Clock.Now) ?? TimeSpan.Zero),
        }) with
        { Note = record.Uid };
    }

    private static Reply Again(InjectionFolder folder)
    {
        var record = QueryVerb.Read(folder);
        return record.Status == InjectionStatus.Tombstone
            ? Reply.Problem(409, "CRT5525", $"{record.Uid} was recovered before it was injected, so a late inject is refused. Use a new uid.", InjectionJson.Short(record))
            : Reply.Problem(409, "CRT5524", $"The uid {record.Uid} belongs to a {record.Fault} of {record.CreatedAt}. A uid is never used twice; use a new one.", InjectionJson.Short(record));
    }

    private static FaultRequest Request(string uid, Call call)
    {
        var fault = HostFaults.Find(call.Text("fault")) ?? throw new AgentException("CRT5501", ExitCodes.Usage, $"There is no fault {call.Text("fault")} here. GET /v1/catalog lists all there are.");
        var place = PlaceSearch.Find((call.Body["place"] as JsonObject ?? []).Where(option => option.Value is not null).ToDictionary(option => option.Key, option => Text(option.Key, option.Value!)));
        if (place is not null)
        {
            PodSearch.RefuseShared(place, fault.Description.Name, fault.Description.Family);
        }

        var arguments = Arguments(fault.Description, call.Body["arguments"] as JsonObject ?? []);
        return new FaultRequest(uid, fault.Description.Name, ArgumentValues.Read(fault.Description, arguments, place is not null)) { Place = place };
    }

    /// <summary>Typed JSON as the texts that a command line would have had.</summary>
    internal static IReadOnlyDictionary<string, string> Arguments(FaultDescription fault, JsonObject given)
    {
        Dictionary<string, string> texts = new(StringComparer.Ordinal);
        foreach (var (key, value) in given)
        {
            var name = key.Replace('_', '-');
            var parameter = fault.Parameters.FirstOrDefault(known => known.Name == name || known.Aliases.Contains(name))
                ?? throw new AgentException("CRT5502", ExitCodes.Usage, $"{fault.Name} has no argument {key}; it takes {string.Join(", ", fault.Parameters.Select(known => known.Name))}.");
            if (value is not null && !texts.TryAdd(parameter.Name, Text(key, value)))
            {
                throw new AgentException("CRT5504", ExitCodes.Usage, $"{key} of {fault.Name} is given twice, perhaps once by another of its names. Keep one.");
            }
        }

        return texts;
    }

    private static string Text(string name, JsonNode value) => value.GetValueKind() switch
    {
        JsonValueKind.String => value.GetValue<string>(),
        JsonValueKind.Number when value.AsValue().TryGetValue<decimal>(out var number) => number.ToString(CultureInfo.InvariantCulture),
        JsonValueKind.True => "true",
        JsonValueKind.False => "false",
        _ => throw new AgentException("CRT5650", ExitCodes.Usage, $"{name} must be a text, a number, true or false."),
    };
}
