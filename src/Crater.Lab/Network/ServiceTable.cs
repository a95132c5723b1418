using System.Collections.Concurrent;
using System.Net;
using System.Text.Json.Nodes;
using Crater.Lab.Store;

namespace Crater.Lab.Network;

/// <summary>Who answers for each port of each service now.</summary>
internal sealed class ServiceTable
{
    private readonly ConcurrentDictionary<ServicePort, IPEndPoint[]> _ready = new();
    private readonly ConcurrentDictionary<ServicePort, int> _turns = new();

    public static IEnumerable<ServicePort> PortsOf(JsonObject service) =>
        service.Each("spec", "ports").Select(port => new ServicePort(service.Space(), service.Name(), port.Text("name"), port.Count(0, "port")));

    /// <summary>Takes the ready addresses of an Endpoints object; <paramref name="isGone"/> when it was deleted.</summary>
    public void SetEndpoints(JsonObject endpoints, bool isGone)
    {
        var (space, name) = (endpoints.Space(), endpoints.Name());
        var ready = endpoints.Each("subsets")
            .SelectMany(subset => subset.Each("ports").SelectMany(port => subset.Each("addresses").Select(address =>
                (Port: port.Text("name"), At: IPEndPoint.TryParse($"{address.Text("ip")}:{port.Text("port")}", out var at) ? at : null))))
            .Where(entry => entry.At is not null && !isGone)
            .ToLookup(entry => entry.Port, entry => entry.At!);
        var known = _ready.Keys.Where(key => key.Namespace == space && key.Service == name).Select(key => key.PortName).ToHashSet();
        foreach (var port in ready.Select(group => group.Key).Union(known))
        {
            _ready[new ServicePort(space, name, port, 0)] = [.. ready[port]];
        }
    }

    /// <summary>The next ready endpoint in turn; null when there is none.</summary>
    public IPEndPoint? Pick(ServicePort port)
    {
        var key = port with { Port = 0 };
        if (!_ready.TryGetValue(key, out var ready) || ready.Length == 0)
        {
            return null;
        }

        var turn = _turns.AddOrUpdate(key, 0, (_, before) => (before + 1) & int.MaxValue);
        return ready[turn % ready.Length];
    }
}
