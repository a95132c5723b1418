using System.Text.Json.Nodes;
using Crater.Lab.Store;

namespace Crater.Lab.Api.Tables;

/// <summary>Services and what leads to them.</summary>
internal static class NetworkColumns
{
    /// <summary>Addresses shown of an Endpoints object before "+ n more...".</summary>
    private const int ShownMax = 3;

    public static readonly IReadOnlyList<Column> Service =
    [
        Columns.Name,
        Columns.Text("Type", 0, "spec", "type"),
        Columns.Text("Cluster-IP", 0, "spec", "clusterIP"),
        new("External-IP", (item, _) => item.Text("spec", "type") switch
        {
            "ExternalName" => item.Text("spec", "externalName"),
            "LoadBalancer" => "<pending>",
            _ => "<none>",
        }),
        new("Port(s)", (item, _) => Ports(item)),
        Columns.Age,
        new("Selector", (item, _) => Columns.Labels(item.Map("spec", "selector")), 1),
    ];

    public static readonly IReadOnlyList<Column> Endpoints = [Columns.Name, new("Endpoints", (item, _) => Addresses(item)), Columns.Age];

    public static readonly IReadOnlyList<Column> EndpointSlice =
    [
        Columns.Name,
        Columns.Text("AddressType", 0, "addressType"),
        new("Ports", (item, _) => Join(item.Each("ports").Select(port => port.Text("port")), "<unset>")),
        new("Endpoints", (item, _) => Join(item.Each("endpoints").SelectMany(one => one.Texts("addresses")), "<unset>")),
        Columns.Age,
    ];

    public static readonly IReadOnlyList<Column> Ingress =
    [
        Columns.Name,
        Columns.Text("Class", 0, "spec", "ingressClassName"),
        new("Hosts", (item, _) => string.Join(',', item.Each("spec", "rules").Select(rule => rule.Text("host")).Where(host => host.Length > 0))
            is { Length: > 0 } hosts ? hosts : "*"),
        new("Address", (item, _) => string.Join(',', item.Each("status", "loadBalancer", "ingress").Select(one => one.Text("ip")))),
        new("Ports", (item, _) => item.Each("spec", "tls").Any() ? "80, 443" : "80"),
        Columns.Age,
    ];

    public static readonly IReadOnlyList<Column> IngressClass =
        [Columns.Name, Columns.Text("Controller", 0, "spec", "controller"), Columns.Text("Parameters", 0, "spec", "parameters", "name"), Columns.Age];

    public static readonly IReadOnlyList<Column> NetworkPolicy =
        [Columns.Name, new("Pod-Selector", (item, _) => Columns.Selector(item.At("spec", "podSelector"))), Columns.Age];

    private static string Ports(JsonObject service) => Join(service.Each("spec", "ports").Select(port =>
        port.Number("nodePort") is { } node and not 0 ? $"{port.Text("port")}:{node}/{port.Text("protocol")}" : $"{port.Text("port")}/{port.Text("protocol")}"),
        "<none>", int.MaxValue);

    private static string Addresses(JsonObject endpoints) => Join(endpoints.Each("subsets").SelectMany(subset =>
        subset.Each("ports").DefaultIfEmpty().SelectMany(port => subset.Each("addresses").Select(address =>
            port is null ? address.Text("ip") : $"{address.Text("ip")}:{port.Text("port")}"))), "<none>");

    private static string Join(IEnumerable<string> texts, string none, int max = ShownMax)
    {
        var all = texts.ToList();
        var shown = string.Join(',', all.Take(max));
        return all.Count == 0 ? none : all.Count > max ? $"{shown} + {all.Count - max} more..." : shown;
    }
}
