using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text.Json.Nodes;
using Crater.Lab.Nodes;
using Crater.Lab.Store;

namespace Crater.Lab.Network;

/// <summary>
/// Carries all traffic to services: one listener for each pod and service port, and one for the outside. Pods are told theirs by
/// environment (<c>CARTS_SERVICE_HOST</c>); the outside finds its own in the service's annotation.
/// </summary>
internal sealed class ServiceProxy(ResourceStore store, AddressBlock block, Edges edges) : IPodAddresses, IDisposable
{
    /// <summary>On each Service: where its first port is reached from outside of the cluster, as <c>127.x.y.z:port</c>; further ports by <c>-NAME</c>.</summary>
    public const string OutsideAnnotation = "lab.crater.dev/outside-address";

    private readonly ServiceTable _table = new();
    private readonly ConcurrentDictionary<(string Source, ServicePort Port), EdgeListener> _listeners = new();
    private readonly ConcurrentDictionary<(string Namespace, string Service), IPAddress> _addresses = new();
    private readonly ConcurrentDictionary<string, Peer> _pods = new();
    private readonly Lock _opening = new();

    /// <summary>Every service with its outside addresses, one for each port.</summary>
    public IReadOnlyList<(ServicePort Port, IPEndPoint Address)> Outside =>
        [.. _listeners.Where(entry => entry.Key.Source.Length == 0).Select(entry => (entry.Key.Port, entry.Value.Address)).OrderBy(entry => entry.Port.ToString(), StringComparer.Ordinal)];

    /// <summary>Follows the store until it is stopped.</summary>
    public async Task RunAsync(CancellationToken stop)
    {
        var from = store.Version;
        foreach (var service in store.List("services").Items)
        {
            See(service);
        }

        foreach (var endpoints in store.List("endpoints").Items)
        {
            _table.SetEndpoints(endpoints, isGone: false);
        }

        await foreach (var change in store.WatchAsync(null, from, stop).ConfigureAwait(false))
        {
            var isGone = change.Change == StoreChange.Deleted;
            switch (change.Resource)
            {
                case "services" when isGone:
                    Forget(change.Object);
                    break;
                case "services":
                    See(change.Object);
                    break;
                case "endpoints":
                    _table.SetEndpoints(change.Object, isGone);
                    break;
            }
        }
    }

    public string Take() => block.TakePod();

    public void GiveBack(string address)
    {
        _pods.TryRemove(address, out _);
        block.GiveBackPod(address);
    }

    public string OfNode(string node) => block.Node(int.TryParse(node.AsSpan(node.AsSpan().LastIndexOfAnyExceptInRange('0', '9') + 1), out var number) ? Math.Clamp(number, 1, 250) : 1);

    public IReadOnlyDictionary<string, string> OpenEdges(PodPeer pod)
    {
        var peer = _pods.GetOrAdd(pod.Address, _ => Peer.Of(pod));
        Dictionary<string, string> variables = [];
        // Read from the store, not from what was followed so far: a service that was created just before the pod must be there.
        foreach (var port in store.List("services", pod.Namespace).Items.SelectMany(ServiceTable.PortsOf).Where(port => port.Port > 0))
        {
            var address = Open(peer, port).Address;
            var name = port.Service.ToUpperInvariant().Replace('-', '_').Replace('.', '_');
            variables.TryAdd($"{name}_SERVICE_HOST", address.Address.ToString());
            variables.TryAdd($"{name}_SERVICE_PORT", address.Port.ToString());
            if (port.PortName.Length > 0)
            {
                variables[$"{name}_SERVICE_PORT_{port.PortName.ToUpperInvariant().Replace('-', '_')}"] = address.Port.ToString();
            }
        }

        return variables;
    }

    public void CloseEdges(string uid)
    {
        Close(key => key.Source == uid);
        edges.Forget(uid);
    }

    public void Dispose() => Close(_ => true);

    private void See(JsonObject service)
    {
        var ports = ServiceTable.PortsOf(service).ToHashSet();
        Close(key => key.Port.Namespace == service.Space() && key.Port.Service == service.Name() && !ports.Contains(key.Port));
        foreach (var port in ServiceTable.PortsOf(service).Where(port => port.Port > 0))
        {
            Open(Peer.Outside, port);
        }

        Announce(service);
    }

    private void Forget(JsonObject service)
    {
        Close(key => key.Port.Namespace == service.Space() && key.Port.Service == service.Name());
        _addresses.TryRemove((service.Space(), service.Name()), out _);
    }

    private void Announce(JsonObject service)
    {
        var ports = ServiceTable.PortsOf(service).ToList();
        store.Modify("services", service.Space(), service.Name(), known =>
        {
            var annotations = known.Make("metadata", "annotations");
            for (var i = 0; i < ports.Count; i++)
            {
                if (_listeners.TryGetValue(("", ports[i]), out var listener))
                {
                    annotations[i == 0 ? OutsideAnnotation : $"{OutsideAnnotation}-{ports[i].PortName}"] = listener.Address.ToString();
                }
            }
        });
    }

    private EdgeListener Open(Peer source, ServicePort port)
    {
        lock (_opening)
        {
            if (_listeners.TryGetValue((source.Uid, port), out var known))
            {
                return known;
            }

            var host = _addresses.GetOrAdd((port.Namespace, port.Service), _ => block.NextService());
            var listener = Listen(source, port, host, source.Uid.Length == 0 ? port.Port : 0);
            _listeners[(source.Uid, port)] = listener;
            return listener;
        }
    }

    /// <summary>The outside gets the service's own port where this user may bind it and it is free.</summary>
    private EdgeListener Listen(Peer source, ServicePort port, IPAddress host, int wanted)
    {
        try
        {
            return new EdgeListener(edges, source, new IPEndPoint(host, wanted), () => Pick(port));
        }
        catch (SocketException) when (wanted != 0)
        {
            return new EdgeListener(edges, source, new IPEndPoint(host, 0), () => Pick(port));
        }
    }

    private (Peer Peer, IPEndPoint At)? Pick(ServicePort port) => _table.Pick(port) is not { } at
        ? null
        : (_pods.TryGetValue(at.Address.ToString(), out var peer) ? peer : new Peer(at.ToString(), "external", "", new Dictionary<string, string>()), at);

    private void Close(Func<(string Source, ServicePort Port), bool> which)
    {
        foreach (var key in _listeners.Keys.Where(which).ToList())
        {
            if (_listeners.TryRemove(key, out var listener))
            {
                listener.Dispose();
            }
        }
    }
}
