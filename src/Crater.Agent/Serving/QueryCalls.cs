using System.Globalization;
using System.Reflection;
using System.Text.Json.Nodes;
using Crater.Agent.Faults;
using Crater.Agent.Inventory;
using Crater.Agent.State;
using Crater.Agent.Verbs;

namespace Crater.Agent.Serving;

/// <summary>The calls that only look: <c>/v1/query</c>, <c>/v1/catalog</c>, <c>/v1/host</c>, <c>/healthz</c>.</summary>
internal sealed class QueryCalls(ServedHost host)
{
    /// <summary>Injections in one answer without a limit of its own.</summary>
    private const int LimitDefault = 500;

    public static IReadOnlyList<QueryParameter> QueryParameters { get; } =
    [
        new("uid", Shape.Text("Only these, separated by commas.")), new("state", Shape.Text("Only those that stand there, separated by commas.")), new("fault", Shape.Text("Only this fault.")),
        new("creator", Shape.Text("Only of this creator.")), new("look", Shape.Text("true: look at each target as well.") with { Choices = ["true", "false"] }),
        new("limit", Shape.Text("At most so many, newest first; 500 when left out.") with { Pattern = "^[0-9]{1,6}$" }),
        new("offset", Shape.Text("Without the newest so many.") with { Pattern = "^[0-9]{1,6}$" }),
    ];

    public static Shape Injections { get; } = Shape.Object("What was injected on this host, newest first.",
        new("injections", Shape.ListOf(InjectionJson.Full, "Those of this page.")), new("total", Shape.Number("How many the filters let through.")));

    public static Shape Catalogue { get; } = Shape.Object("Every fault of this craterd.", new("version", Shape.Text("Of craterd.")),
        new("faults", Shape.ListOf(Shape.Object("One fault.", new("name", Shape.Text("Canonical name.")), new("family", Shape.Text("What kind of thing it hits.")), new("summary", Shape.Text("What it does.")),
            new("parameters", Shape.ListOf(Shape.Object("One parameter.", new("name", Shape.Text("Its name.")), new("type", Shape.Text("How its value is written."))) with { IsOpen = true }, "What it takes."))) with
        { IsOpen = true }, "In the order of the catalogue.")));

    public static IReadOnlyList<QueryParameter> HostParameters { get; } = [new("part", Shape.Text("agent: only who this craterd is.") with { Choices = ["agent"] })];

    public static Shape HostDescription { get; } = Shape.Object("What runs on the host: with it, and unless part=agent, its kernel, processes, containers, units, listening ports and connections.",
        new("name", Shape.Text("Host name.")), new("agent", Shape.Object("Which craterd this is.", new("id", Shape.Text("Another one after its state folder was lost.")),
            new("boot", Shape.Text("Another one after each start of the machine.")), new("version", Shape.Text("Of craterd."))) with
        { IsOpen = true })) with
    { IsOpen = true };

    public static Shape Health { get; } = Shape.Object("craterd answers.", new("status", Shape.Text("ok, or sweeping while what dead processes left is still being taken off.") with { Choices = ["ok", "sweeping"] }),
        new("open", Shape.Number("Injections that are not closed.")), new("residue", Shape.Number("Injections of which something may be left.")));

    public static string Version { get; } = typeof(QueryCalls).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+')[0] ?? "";

    public Reply Query(Call call)
    {
        var uids = Words(call, "uid");
        var folders = uids is null ? host.State.All() : uids.Select(host.State.Find).OfType<InjectionFolder>();
        var states = Words(call, "state");
        var found = folders.Select(folder => (Folder: folder, Record: QueryVerb.Read(folder)))
            .Where(one => (states is null || states.Contains(InjectionJson.StateOf(one.Record))) && Is(call, "fault", one.Record.Fault) && Is(call, "creator", one.Record.Creator))
            .OrderByDescending(one => one.Record.CreatedAt, StringComparer.Ordinal).ToList();
        var isLook = call.Query.GetValueOrDefault("look") == "true";
        var shown = found.Skip(Number(call, "offset", 0)).Take(Number(call, "limit", LimitDefault));
        return Reply.Json(200, new JsonObject
        {
            ["injections"] = new JsonArray([.. shown.Select(one => (JsonNode)InjectionJson.Long(one.Folder, one.Record, host.Clock.Now, isLook))]),
            ["total"] = found.Count,
        });
    }

    public static Reply Catalog(Call call) => Reply.Json(200, new JsonObject
    {
        ["version"] = Version,
        ["faults"] = new JsonArray([.. HostFaults.All.Select(fault => FaultText.Json(fault.Description))]),
    });

    public Reply Host(Call call) => Reply.Json(200, HostInventory.Read(host.State, isWhole: call.Query.GetValueOrDefault("part") != "agent"));

    public Reply Healthz(Call call)
    {
        var open = host.State.Claims.Holders().Select(host.State.Find).OfType<InjectionFolder>().Select(QueryVerb.Read).ToList();
        return Reply.Json(200, new JsonObject
        {
            ["status"] = host.IsSweeping ? "sweeping" : "ok",
            ["open"] = open.Count,
            ["residue"] = open.Count(record => record.Status == InjectionStatus.Residue),
        });
    }

    private static string[]? Words(Call call, string name) => call.Query.TryGetValue(name, out var text) ? text.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries) : null;

    private static bool Is(Call call, string name, string value) => !call.Query.TryGetValue(name, out var wanted) || wanted == value;

    private static int Number(Call call, string name, int missing) =>
        call.Query.TryGetValue(name, out var text) ? int.Parse(text, NumberStyles.None, CultureInfo.InvariantCulture) : missing;
}
