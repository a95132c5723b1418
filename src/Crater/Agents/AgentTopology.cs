using System.Net;
using Crater.Diagnostics;
using Crater.Discovery;
using Crater.Targets;

namespace Crater.Agents;

/// <summary>
/// Hosts, and the programs and containers on them, as components; connections and where things run as edges. A program is a component when others could notice that it is gone: it
/// listens, calls somebody, or is a service of systemd.
/// </summary>
public sealed class AgentTopology(AgentFleet fleet) : ITopologySource
{
    /// <summary>What rules about hosts read, and what is named when a host could not be seen.</summary>
    public const string Resource = "hosts";

    /// <summary>The label by which hosts say where they stand.</summary>
    private const string ZoneLabel = "zone";

    public string Name => fleet.Clients.Count == 1 ? $"host {fleet.Clients[0].Host.Name}" : $"{fleet.Clients.Count} hosts";

    /// <exception cref="CraterException">No host could be asked.</exception>
    public async Task<Topology> DiscoverAsync(CancellationToken abort)
    {
        var answers = await fleet.AskAsync(fleet.Clients, (client, token) => client.LookAsync(token), abort).ConfigureAwait(false);
        if (answers.Count > 0 && answers.All(one => one.Failure is not null))
        {
            throw answers[0].Failure!;
        }

        IReadOnlyList<SeenHost> seen = [.. answers.Where(one => one.Failure is null).Select(one => one.Answer!)];
        return TopologyAnalysis.Analyse(Of(Name, seen) with
        {
            Unknown = [.. answers.Where(one => one.Failure is not null).Select(one => new Blindness(Resource, one.Client.Host.Name, one.Failure!.Message))],
            Warnings = [.. seen.Where(host => host.Unseen > 0).Select(host =>
                $"{host.Name}: the sockets of {host.Unseen} processes could not be seen, so ports and connections are missing; craterd sees them all as root.")],
        });
    }

    internal static Topology Of(string source, IReadOnlyList<SeenHost> hosts) => new()
    {
        Source = source,
        Components = [.. hosts.SelectMany(host => Programs(host).Concat(Containers(host)).Prepend(Itself(host)))],
        Dependencies = Dependencies.Merge([.. hosts.SelectMany(Placements), .. hosts.SelectMany(host => host.Connections.SelectMany(end => Calls(host, end, hosts)))]),
    };

    private static Component Itself(SeenHost host) => new()
    {
        Kind = TargetKind.Host,
        Namespace = "",
        Name = host.Name,
        Labels = host.Host.Labels,
        Replicas = 1,
        Ready = 1,
        Pods = [new PodPlace(host.Name, host.Name, Zone(host), Ready: true, Restarts: 0) { Uid = host.Agent }],
    };

    private static IEnumerable<Component> Programs(SeenHost host) => host.Processes.GroupBy(process => process.Name)
        .Where(program => program.Any(process => IsNoticed(host, process))).OrderBy(program => program.Key, StringComparer.Ordinal)
        .Select(program => Program(host, program.Key, [.. program]));

    private static IEnumerable<Component> Containers(SeenHost host) => host.Containers.GroupBy(container => container.Name).OrderBy(name => name.Key, StringComparer.Ordinal).Select(name => new Component
    {
        Kind = TargetKind.Container,
        Namespace = host.Name,
        Name = name.Key,
        Labels = host.Host.Labels,
        Selector = $"{StackHost.NameLabel}={host.Name}",
        Replicas = name.Count(),
        Ready = name.Count(),
        Pods = [.. name.Select(container => new PodPlace($"{container.Name}:{container.ShortId}", host.Name, Zone(host), Ready: true, Restarts: 0) { Uid = container.Id })],
    });

    private static bool IsNoticed(SeenHost host, SeenProgram process) =>
        process.Unit.Length > 0 || host.Listening.Any(end => end.Pids.Contains(process.Pid)) || host.Connections.Any(end => end.Pids.Contains(process.Pid));

    private static Component Program(SeenHost host, string name, IReadOnlyList<SeenProgram> processes)
    {
        var pids = processes.Select(process => process.Pid).ToHashSet();
        var unit = processes.Select(process => process.Unit).FirstOrDefault(unit => unit.Length > 0) ?? "";
        var restart = unit.Length == 0 ? "no" : host.Units.GetValueOrDefault(unit, "");
        return new Component
        {
            Kind = TargetKind.Process,
            Namespace = host.Name,
            Name = name,
            Labels = host.Host.Labels,
            Selector = $"{StackHost.NameLabel}={host.Name}",
            Replicas = processes.Count,
            Ready = processes.Count(process => !process.IsStopped),
            Pods = [.. processes.Select(process => new PodPlace($"{name}:{process.Pid}", host.Name, Zone(host), !process.IsStopped, Restarts: 0)
            {
                Uid = new ProcessKey(process.Pid, process.Start).ToString(),
                // Nobody is known to bring it back.
                IsNaked = restart is "no" or "",
            })],
            Containers = [new Container
            {
                Name = name,
                Image = "",
                Ports = [.. host.Listening.Where(end => end.Pids.Any(pids.Contains)).Select(end => end.Port).Distinct().Order().Select(port => new ContainerPort("", port, "TCP"))],
            }],
            Policy = new WorkloadPolicy { ServiceName = unit, RestartPolicy = restart },
        };
    }

    /// <summary>What runs on a host is gone with it.</summary>
    private static IEnumerable<Dependency> Placements(SeenHost host) =>
    [
        .. Programs(host).Concat(Containers(host)).Select(placed => Placement(placed.Id, TargetId.Of(TargetKind.Host, null, host.Name).Value)),
        .. from program in Programs(host)
           from container in host.Containers
           where host.Processes.Any(process => host.ComponentOf(process.Name) == program.Id && container.Pids.Contains(process.Pid))
           select Placement(program.Id, host.ComponentOf(container)),
    ];

    private static Dependency Placement(string from, string to) => new(from, to, Dependencies.Observed, [new Evidence("placement", "runs there")]);

    private static IEnumerable<Dependency> Calls(SeenHost host, SeenEnd end, IReadOnlyList<SeenHost> hosts)
    {
        var other = Behind(host, end.Address, hosts);
        var listener = other?.Listening.FirstOrDefault(listening => listening.Port == end.Port && (IsAny(listening.Address) || Same(listening.Address, end.Address)));
        return other is null || listener is null ? [] : Names(host, end.Pids).SelectMany(caller => Names(other, listener.Pids).Select(callee =>
            new Dependency(caller, callee, Dependencies.Observed, [new Evidence("connection", $"connected to {end.Address} port {end.Port}")])));
    }

    /// <summary>The components that have it open; the host where craterd could not see who.</summary>
    private static List<string> Names(SeenHost host, IReadOnlyList<int> pids)
    {
        var names = pids.Select(host.NameOf).Where(name => name.Length > 0).Distinct().Select(host.ComponentOf).ToList();
        return names.Count > 0 ? names : [TargetId.Of(TargetKind.Host, null, host.Name).Value];
    }

    private static SeenHost? Behind(SeenHost host, string address, IReadOnlyList<SeenHost> hosts) =>
        IPAddress.TryParse(address, out var parsed) && IPAddress.IsLoopback(parsed) ? host : hosts.FirstOrDefault(other => other.Addresses.Any(own => Same(own, address)));

    private static bool IsAny(string address) => address is "0.0.0.0" or "::";

    private static bool Same(string one, string other) => IPAddress.TryParse(one, out var left) && IPAddress.TryParse(other, out var right) && left.Equals(right);

    private static string Zone(SeenHost host) => host.Host.Labels.GetValueOrDefault(ZoneLabel, "");
}
