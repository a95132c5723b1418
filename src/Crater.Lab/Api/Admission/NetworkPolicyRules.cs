using System.Text.Json.Nodes;
using Crater.Lab.Store;

namespace Crater.Lab.Api.Admission;

/// <summary>What network policies must and must not say.</summary>
internal static class NetworkPolicyRules
{
    private static readonly string[] Types = ["Ingress", "Egress"];
    private static readonly string[] Protocols = ["TCP", "UDP", "SCTP"];

    public static void Check(JsonObject? spec, FieldErrors errors)
    {
        SelectorRules.Check(spec.Map("podSelector"), "spec.podSelector", errors);
        Side(spec, "ingress", "from", errors);
        Side(spec, "egress", "to", errors);
        if (spec.Texts("policyTypes").Count() > Types.Length)
        {
            errors.Invalid("spec.policyTypes", spec!.At("policyTypes"), "may not specify more than two policyTypes");
            return;
        }

        foreach (var (index, type) in spec.Texts("policyTypes").Index())
        {
            PodRules.OneOf($"spec.policyTypes[{index}]", type, Types, errors);
        }
    }

    private static void Side(JsonObject? spec, string side, string peers, FieldErrors errors)
    {
        foreach (var (index, rule) in spec.Each(side).Index())
        {
            foreach (var (i, port) in rule.Each("ports").Index())
            {
                Port(port, $"spec.{side}[{index}].ports[{i}]", errors);
            }

            foreach (var (i, peer) in rule.Each(peers).Index())
            {
                Peer(peer, $"spec.{side}[{index}].{peers}[{i}]", errors);
            }
        }
    }

    private static void Port(JsonObject port, string at, FieldErrors errors)
    {
        PodRules.OneOf($"{at}.protocol", port.Text("protocol"), Protocols, errors);
        if (port["port"] is JsonValue number)
        {
            AddressRules.CheckPort($"{at}.port", number, errors);
            if (port.Number("endPort") < number.Number())
            {
                errors.Invalid($"{at}.endPort", number, "must be greater than or equal to `port`");
            }
        }
        else if (port["endPort"] is { } end)
        {
            errors.Invalid($"{at}.endPort", end, "may not be specified when `port` is not specified");
        }
    }

    private static void Peer(JsonObject peer, string at, FieldErrors errors)
    {
        var selects = peer["podSelector"] is not null || peer["namespaceSelector"] is not null;
        SelectorRules.Check(peer.Map("podSelector"), $"{at}.podSelector", errors);
        SelectorRules.Check(peer.Map("namespaceSelector"), $"{at}.namespaceSelector", errors);
        if (peer.Map("ipBlock") is not { } block)
        {
            if (!selects)
            {
                errors.Required(at, "must specify a peer");
            }

            return;
        }

        AddressRules.CheckRange($"{at}.ipBlock.cidr", block.Text("cidr"), errors);
        foreach (var (index, except) in block.Texts("except").Index())
        {
            AddressRules.CheckRange($"{at}.ipBlock.except[{index}]", except, errors);
            if (!AddressRules.Holds(block.Text("cidr"), except))
            {
                errors.Invalid($"{at}.ipBlock.except[{index}]", except, "must be a strict subset of `cidr`");
            }
        }

        if (selects)
        {
            errors.Forbidden(at, "may not specify both ipBlock and another peer");
        }
    }
}
