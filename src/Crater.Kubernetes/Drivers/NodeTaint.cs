using System.Text.Json.Nodes;
using Crater.Diagnostics;
using Crater.Drivers;
using Crater.Kubernetes.Client;
using Crater.Kubernetes.Drivers.Changes;
using Crater.Targets;

namespace Crater.Kubernetes.Drivers;

/// <summary>
/// Adds and deletes taints of a node. With NoExecute its pods that do not tolerate it are evicted at once, so the fingerprint then has their
/// owners' ready counts too.
/// </summary>
internal sealed class NodeTaint(KubernetesClient client, TimeProvider clock) : MarkedFault(client, clock, TargetKind.Node)
{
    private const string Evicting = "NoExecute";
    private static readonly string[] Effects = ["NoSchedule", "PreferNoSchedule", Evicting];

    public override string Name => "node-taint";

    protected override Task CheckAsync(Injection injection, JsonObject seen, CancellationToken abort)
    {
        ListedValues.Check(injection, needsOne: true);
        foreach (var text in ListedValues.Of(injection, "add").Concat(ListedValues.Of(injection, "delete")))
        {
            Parse(text);
        }

        return Task.CompletedTask;
    }

    protected override IEnumerable<(FieldPath At, JsonNode? During)> Aims(Injection injection, JsonObject seen) =>
    [
        .. ListedValues.Of(injection, "delete").Select(Parse).Select(taint => (Place(taint), (JsonNode?)null)),
        .. ListedValues.Of(injection, "add").Select(Parse).Select(taint => (Place(taint), (JsonNode?)Json(taint))),
    ];

    protected override async Task<Fingerprint> BeforeAsync(Injection injection, JsonObject seen, CancellationToken abort)
    {
        if (!ListedValues.Of(injection, "add").Any(text => Parse(text).Effect == Evicting))
        {
            return new Fingerprint(FieldsText(injection, seen));
        }

        var owners = await NodePods.OwnersAsync(Client, await NodePods.EvictableAsync(Client, seen.Name(), abort), seen.Name(), abort);
        return new Fingerprint($"{FieldsText(injection, seen)}{await NodePods.ReadyAsync(Client, owners, abort)}");
    }

    protected override async Task<Fingerprint?> NowAsync(Injection injection, Fingerprint before, JsonObject? seen, CancellationToken budget)
    {
        // The taints come first in the text, as many as the arguments name; the owners follow.
        var owners = before.Text.Split(' ').Skip(Aims(injection, []).Count()).Select(part => part.Split('=')[0]);
        return seen is null ? null : new Fingerprint($"{FieldsText(injection, seen)}{await NodePods.ReadyAsync(Client, owners, budget)}");
    }

    protected override string Mechanism(Injection injection) => "taints patched through the API";

    /// <summary>From <c>key=value:Effect</c> or <c>key:Effect</c>.</summary>
    private static (string Key, string Value, string Effect) Parse(string text)
    {
        var at = text.LastIndexOf(':');
        var effect = Effects.FirstOrDefault(known => at > 0 && known.Equals(text[(at + 1)..], StringComparison.OrdinalIgnoreCase));
        return effect is not null && text[..at].Split('=', 2) is [{ Length: > 0 } key, ..] parts
            ? (key, parts.Length > 1 ? parts[1] : "", effect)
            : throw new CraterException("CRT8083", $"'{text}' is no taint. Write key=value:Effect with the effect {string.Join(", ", Effects)}.");
    }

    private static FieldPath Place((string Key, string Value, string Effect) taint) => FieldPath.Of("spec", "taints").Element(("key", taint.Key), ("effect", taint.Effect));

    private static JsonObject Json((string Key, string Value, string Effect) taint)
    {
        var json = new JsonObject { ["key"] = taint.Key };
        if (taint.Value.Length > 0)
        {
            json["value"] = taint.Value;
        }

        json["effect"] = taint.Effect;
        return json;
    }
}
