using System.Text.Json.Nodes;
using Crater.Lab.Store;

namespace Crater.Lab.Api;

/// <summary>Gives services their cluster address and, where their type asks for them, node ports.</summary>
internal sealed class ServiceAddresses(ResourceStore store)
{
    /// <summary>kubeadm's default range, 10.96.0.0/16; nothing routes it in the lab, where traffic goes through the service proxy.</summary>
    private const string Prefix = "10.96.";

    private const int NodePortFirst = 30_000;
    private const int NodePortLast = 32_767;

    public void Assign(ResourceKind kind, JsonObject service)
    {
        if (kind.Kind != "Service" || kind.Group.Length > 0 || service.Map("spec") is not { } spec)
        {
            return;
        }

        var type = spec.Text("type");
        if (type == "ExternalName")
        {
            return;
        }

        if (spec.Text("clusterIP").Length == 0)
        {
            spec["clusterIP"] = Free(service);
        }

        spec["clusterIPs"] = new JsonArray(spec.Text("clusterIP"));
        if (type is "NodePort" or "LoadBalancer")
        {
            CheckPorts(kind, service, spec);
            foreach (var port in spec.Each("ports").Where(port => port.Number("nodePort") is null or 0))
            {
                port["nodePort"] = FreePort(spec);
            }
        }
    }

    /// <summary>Starts at a hash of the name, so that a service that is made anew mostly gets its old address.</summary>
    private string Free(JsonObject service)
    {
        var taken = store.Scan("services").Items.Select(other => other.Text("spec", "clusterIP")).ToHashSet();
        var start = Controllers.TemplateHash.Fnv($"{service.Space()}/{service.Name()}") % 65_000;
        for (uint step = 0; step < 65_000; step++)
        {
            var host = 256 + ((start + step) % 65_000);
            var address = $"{Prefix}{host / 256}.{host % 256}";
            if (host % 256 is not (0 or 255) && !taken.Contains(address))
            {
                return address;
            }
        }

        throw new ApiException(500, "InternalError", "Internal error occurred: failed to allocate a serviceIP: range is full");
    }

    /// <exception cref="ApiException">Invalid: another service has a port of the node that this one names.</exception>
    private void CheckPorts(ResourceKind kind, JsonObject service, JsonObject spec)
    {
        var named = spec.Each("ports").Index().Where(port => port.Item.Number("nodePort") is > 0).ToList();
        if (named.Count == 0)
        {
            return;
        }

        // Two protocols may share a number.
        var taken = store.Scan("services").Items.Where(other => other.Space() != service.Space() || other.Name() != service.Name())
            .SelectMany(other => other.Each("spec", "ports")).Select(port => (port.Count(0, "nodePort"), port.Text("protocol"))).ToHashSet();
        var errors = new Admission.FieldErrors();
        foreach (var (index, port) in named.Where(port => taken.Contains((port.Item.Count(0, "nodePort"), port.Item.Text("protocol")))))
        {
            errors.Invalid($"spec.ports[{index}].nodePort", port["nodePort"], "provided port is already allocated");
        }

        errors.Throw(kind, service.Name());
    }

    private int FreePort(JsonObject spec)
    {
        var taken = store.Scan("services").Items.Select(other => (JsonNode?)other["spec"]).Append(spec)
            .SelectMany(other => other.Each("ports")).Select(port => port.Count(0, "nodePort")).ToHashSet();
        return Enumerable.Range(NodePortFirst, NodePortLast - NodePortFirst).First(port => !taken.Contains(port));
    }
}
