using System.Text.Json;
using System.Text.Json.Nodes;
using Crater.Lab.Api;
using Crater.Lab.Store;

namespace Crater.Lab.Controllers;

/// <summary>Writes which pods stand behind each service: an Endpoints object and one EndpointSlice.</summary>
internal sealed class EndpointsController(Workbench work) : IController
{
    private const string Services = "services";
    private const string Slices = "endpointslices.discovery.k8s.io";

    public IEnumerable<ObjectKey> Concerned(StoreEvent change) => change.Resource switch
    {
        Services => [ObjectKey.Of(change)],
        "pods" => Behind(change),
        Slices or "endpoints" when change.Change == StoreChange.Deleted =>
            change.Object.Each("metadata", "ownerReferences").Select(owner => new ObjectKey(Services, change.Object.Space(), owner.Text("name"))),
        _ => [],
    };

    public TimeSpan? Reconcile(ObjectKey key)
    {
        var service = work.Find(key);
        if (service is null)
        {
            work.Store.Remove("endpoints", key.Space, key.Name);
            return null;
        }

        if (service.IsEnding() || service.Map("spec", "selector") is not { Count: > 0 })
        {
            return null;
        }

        var pods = work.Store.Scan("pods", key.Space).Items
            .Where(pod => Selects(service, pod) && !pod.IsOver() && pod.Text("status", "podIP").Length > 0).ToList();
        WriteSlice(key, service, pods);
        WriteEndpoints(key, service, pods.Where(pod => !pod.IsEnding()).ToList());
        return null;
    }

    /// <summary>The services that a pod stands or stood behind; nothing where the change is of no account to them.</summary>
    private IEnumerable<ObjectKey> Behind(StoreEvent change)
    {
        var (pod, before) = (change.Object, change.Previous);
        var isSame = before is not null && before.IsReady() == pod.IsReady() && before.IsOver() == pod.IsOver() && before.IsEnding() == pod.IsEnding()
            && before.Text("status", "podIP") == pod.Text("status", "podIP") && JsonNode.DeepEquals(before.At("metadata", "labels"), pod.At("metadata", "labels"));
        if (isSame || (before is null && pod.Text("status", "podIP").Length == 0))
        {
            return [];
        }

        return work.Store.Scan(Services, pod.Space()).Items.Where(service => Selects(service, pod) || (before is not null && Selects(service, before)))
            .Select(service => new ObjectKey(Services, service.Space(), service.Name()));
    }

    private static bool Selects(JsonObject service, JsonObject pod) => service.Map("spec", "selector") is { Count: > 0 } selector
        && selector.All(pair => pod.At("metadata", "labels", pair.Key) is { } value && value.Text() == pair.Value.Text());

    private void WriteSlice(ObjectKey key, JsonObject service, List<JsonObject> pods)
    {
        var zones = work.Store.Scan("nodes").Items.ToDictionary(node => node.Name(), node => node.Labels().GetValueOrDefault("topology.kubernetes.io/zone", ""));
        var endpoints = new JsonArray([.. pods.Select(pod => (JsonNode)Endpoint(service, pod, zones))]);
        var ports = Ports(service, pods);
        var name = $"{key.Name}-{TemplateHash.Of(JsonValue.Create(service.Uid()), 0)[..5]}";
        var isWritten = work.Store.Modify(Slices, key.Space, name, stored =>
        {
            (stored["endpoints"], stored["ports"]) = (endpoints.DeepClone(), ports.DeepClone());
        }) is not null;
        if (isWritten)
        {
            return;
        }

        var slice = new JsonObject
        {
            ["metadata"] = new JsonObject
            {
                ["name"] = name,
                ["namespace"] = key.Space,
                ["generateName"] = key.Name + "-",
                ["labels"] = new JsonObject
                {
                    ["endpointslice.kubernetes.io/managed-by"] = "endpointslice-controller.k8s.io",
                    ["kubernetes.io/service-name"] = key.Name,
                },
            },
            ["addressType"] = "IPv4",
            ["endpoints"] = endpoints,
            ["ports"] = ports,
        };
        Owners.Add(slice, service);
        work.Create(Slices, slice);
    }

    private static JsonObject Endpoint(JsonObject service, JsonObject pod, Dictionary<string, string> zones)
    {
        var isServing = pod.IsReady();
        var endpoint = new JsonObject
        {
            ["addresses"] = new JsonArray(pod.Text("status", "podIP")),
            ["conditions"] = new JsonObject
            {
                ["ready"] = (isServing || service.Flag("spec", "publishNotReadyAddresses")) && !pod.IsEnding(),
                ["serving"] = isServing,
                ["terminating"] = pod.IsEnding(),
            },
            ["nodeName"] = pod.Text("spec", "nodeName"),
            ["targetRef"] = Reference(pod),
        };
        if (zones.GetValueOrDefault(pod.Text("spec", "nodeName"), "") is { Length: > 0 } zone)
        {
            endpoint["zone"] = zone;
        }

        return endpoint;
    }

    private void WriteEndpoints(ObjectKey key, JsonObject service, List<JsonObject> pods)
    {
        JsonArray subsets = [];
        if (pods.Count > 0)
        {
            var subset = new JsonObject();
            foreach (var (name, isReady) in ((string, bool)[])[("addresses", true), ("notReadyAddresses", false)])
            {
                var addresses = pods.Where(pod => pod.IsReady() == isReady).Select(pod => (JsonNode)new JsonObject
                {
                    ["ip"] = pod.Text("status", "podIP"),
                    ["nodeName"] = pod.Text("spec", "nodeName"),
                    ["targetRef"] = Reference(pod),
                }).ToArray();
                if (addresses.Length > 0)
                {
                    subset[name] = new JsonArray(addresses);
                }
            }

            subset["ports"] = Ports(service, pods);
            subsets.Add((JsonNode)subset);
        }

        if (work.Store.Modify("endpoints", key.Space, key.Name, stored => stored["subsets"] = subsets.DeepClone()) is null)
        {
            work.Create("endpoints", new JsonObject
            {
                ["metadata"] = new JsonObject
                {
                    ["name"] = key.Name,
                    ["namespace"] = key.Space,
                    ["labels"] = service.Map("metadata", "labels")?.DeepClone() ?? new JsonObject(),
                },
                ["subsets"] = subsets,
            });
        }
    }

    private static JsonObject Reference(JsonObject pod) =>
        new() { ["kind"] = "Pod", ["namespace"] = pod.Space(), ["name"] = pod.Name(), ["uid"] = pod.Uid() };

    /// <summary>The pods' own ports behind the service's; a port with a name is looked up in the first pod that has it.</summary>
    private static JsonArray Ports(JsonObject service, List<JsonObject> pods)
    {
        JsonArray ports = [];
        foreach (var port in service.Each("spec", "ports"))
        {
            var target = port["targetPort"] is JsonValue value && value.GetValueKind() == JsonValueKind.String
                ? pods.SelectMany(pod => pod.Each("spec", "containers")).SelectMany(container => container.Each("ports"))
                    .FirstOrDefault(one => one.Text("name") == value.Text())?.Number("containerPort")
                : port.Number("targetPort") ?? port.Number("port");
            if (target is { } number)
            {
                ports.Add((JsonNode)new JsonObject { ["name"] = port.Text("name"), ["port"] = number, ["protocol"] = port.Text("protocol") });
            }
        }

        return ports;
    }
}
