using System.Globalization;
using System.Text.Json.Nodes;
using Crater.Drivers;
using Crater.Faults;
using Crater.Targets;

namespace Crater.Agents;

/// <summary>What is asked of craterd, in its own words.</summary>
internal static class AgentRequests
{
    /// <summary>The injection's id as craterd takes it, which knows no dots: <c>chaos-1a2b3c4d-1</c>. The same from every process.</summary>
    public static string Uid(Injection injection) => string.Create(CultureInfo.InvariantCulture, $"{injection.Run}-{injection.Sequence}");

    public static JsonObject Prepare(Injection injection) => Placed(injection, new() { ["fault"] = injection.Fault.Name, ["arguments"] = Arguments(injection) });

    public static JsonObject Inject(Injection injection, TimeSpan lease, TimeSpan timeout) => Placed(injection, new()
    {
        ["uid"] = Uid(injection),
        ["fault"] = injection.Fault.Name,
        ["arguments"] = Arguments(injection),
        ["timeout"] = Durations.Text(timeout),
        ["lease"] = Durations.Text(lease),
        ["creator"] = AgentClaims.CreatorOf(injection),
    });

    public static JsonObject Renew(string uid, TimeSpan lease) => new() { ["lease"] = Durations.Text(lease), ["uids"] = new JsonArray(uid) };

    /// <summary>The fault in craterd's own words: on a pod or a node it is what it is on a host.</summary>
    public static FaultDefinition? Definition(Injection injection) => injection.Target.Kind is TargetKind.Pod or TargetKind.Node
        ? FaultCatalogue.Variants(injection.Fault.Name).FirstOrDefault(definition => definition.IsForHosts)
        : FaultCatalogue.Find(injection.Fault.Name, injection.Target.Kind);

    private static JsonObject Placed(Injection injection, JsonObject request)
    {
        if (injection.Target.Kind == TargetKind.Container)
        {
            request["place"] = new JsonObject { ["container"] = injection.Target.Uid };
        }
        else if (injection.Target.Kind == TargetKind.Pod)
        {
            var pod = PodKey.Parse(injection.Target.Uid);
            request["place"] = pod.Container.Length == 0 ? new JsonObject { ["pod"] = pod.Uid } : new JsonObject { ["pod"] = pod.Uid, ["container"] = pod.Container };
        }

        return request;
    }

    private static JsonObject Arguments(Injection injection)
    {
        JsonObject arguments = [];
        foreach (var parameter in Definition(injection)?.Parameters ?? [])
        {
            if (injection.Fault.Text(parameter.Name) is { Length: > 0 } text)
            {
                arguments[parameter.Name] = Typed(parameter.Type, text);
            }
        }

        if (injection.Target.Kind == TargetKind.Process)
        {
            var process = ProcessKey.Parse(injection.Target.Uid);
            (arguments["pid"], arguments["start"]) = (process.Pid, process.Start);
        }

        return arguments;
    }

    private static JsonNode Typed(ParameterType type, string text) => type switch
    {
        ParameterType.Integer => long.Parse(text, CultureInfo.InvariantCulture),
        ParameterType.Number => decimal.Parse(text, CultureInfo.InvariantCulture),
        ParameterType.Flag => bool.Parse(text),
        ParameterType.Bytes => text + "B",
        ParameterType.BitRate => text + "bit",
        _ => text,
    };
}
