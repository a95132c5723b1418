using Crater.Diagnostics;
using Crater.Drivers;
using Crater.Targets;

namespace Crater.Agents;

/// <summary>Finds hosts by their labels, and processes of a program or containers on them.</summary>
public sealed class AgentTargets(AgentFleet fleet) : ITargets
{
    /// <summary>Programs or containers that are named when the one that was asked for is not there.</summary>
    private const int SeenMax = 20;

    /// <exception cref="CraterException">CRT5710 to CRT5715: a host that is meant cannot be asked, so that what is there is not known. CRT5721: the target is not on hosts.</exception>
    public async Task<TargetSearch> FindAsync(TargetSelector selector, CancellationToken abort)
    {
        if (selector.Hosts is not { } labels || selector.Kind is not (TargetKind.Host or TargetKind.Process or TargetKind.Container))
        {
            throw new CraterException("CRT5721", $"'{selector}' is not on hosts, and stack.yaml names no cluster. Give the target 'hosts', or stack.yaml a 'k8s' section.");
        }

        var meant = fleet.Matching(LabelSelector.Parse(labels));
        if (meant.Count == 0)
        {
            return new TargetSearch([], new Dictionary<string, int>(),
                [$"the hosts {string.Join("; ", fleet.Clients.Select(client => string.Join(",", client.Host.Labels.OrderBy(label => label.Key, StringComparer.Ordinal).Select(label => $"{label.Key}={label.Value}"))))}"]);
        }

        if (selector.Kind == TargetKind.Host)
        {
            var known = await fleet.MustAskAsync(meant, (client, token) => client.IdentityAsync(token), abort).ConfigureAwait(false);
            List<Target> hosts = [.. known.Select(one => OfHost(one.Client, one.Answer)).OrderBy(target => target.Name, StringComparer.Ordinal)];
            return new TargetSearch(hosts, hosts.ToDictionary(host => host.Component, _ => 1), []);
        }

        var seen = await fleet.MustAskAsync(meant, (client, token) => client.LookAsync(token), abort).ConfigureAwait(false);
        var isContainer = selector.Kind == TargetKind.Container;
        List<Target> found =
        [
            .. seen.SelectMany(one => isContainer
                    ? one.Answer.Containers.Where(container => container.GoesBy(selector.Container)).Select(container => OfContainer(one.Answer, container))
                    : one.Answer.Processes.Where(process => process.Name == selector.Process).Select(process => OfProcess(one.Answer, process)))
                .OrderBy(target => target.Node, StringComparer.Ordinal).ThenBy(target => target.Name, StringComparer.Ordinal),
        ];
        // One container can be meant by its id, and its component has all of that name.
        var sizes = found.DistinctBy(target => target.Component)
            .ToDictionary(target => target.Component, target => seen.First(one => one.Answer.Name == target.Node).Answer.CountOf(target));
        return new TargetSearch(found, sizes, found.Count > 0 ? [] : [.. seen.Select(one => Instead(one.Answer, isContainer))]);
    }

    private static Target OfHost(AgentClient client, string identity) => new()
    {
        Kind = TargetKind.Host,
        Name = client.Host.Name,
        Labels = client.Host.Labels,
        Component = TargetId.Of(TargetKind.Host, null, client.Host.Name).Value,
        Uid = identity,
        Node = client.Host.Name,
    };

    private static Target OfProcess(SeenHost host, SeenProgram process) => new()
    {
        Kind = TargetKind.Process,
        Namespace = host.Name,
        Name = $"{process.Name}:{process.Pid}",
        Labels = host.Host.Labels,
        Component = host.ComponentOf(process.Name),
        Uid = new ProcessKey(process.Pid, process.Start).ToString(),
        Node = host.Name,
    };

    private static Target OfContainer(SeenHost host, SeenContainer container) => new()
    {
        Kind = TargetKind.Container,
        Namespace = host.Name,
        Name = $"{container.Name}:{container.ShortId}",
        Labels = host.Host.Labels,
        Component = host.ComponentOf(container),
        Uid = container.Id,
        Node = host.Name,
    };

    private static string Instead(SeenHost host, bool isContainer)
    {
        var names = isContainer ? host.Containers.Select(container => $"{container.Name}:{container.ShortId}") : host.Processes.Select(process => process.Name);
        var programs = names.CountBy(name => name).OrderBy(program => program.Key, StringComparer.Ordinal).ToList();
        return programs.Count == 0 ? $"on {host.Name} none" : $"on {host.Name} the {(isContainer ? "containers" : "programs")} {string.Join(", ", programs.Take(SeenMax).Select(program => program.Value > 1 ? $"{program.Key} ({program.Value})" : program.Key))}{(programs.Count > SeenMax ? $" and {programs.Count - SeenMax} more" : "")}";
    }
}
