using Crater.Documents;
using Crater.Faults;
using Crater.Targets;

namespace Crater.Experiments.Reading;

/// <summary>Reads a target on hosts: <c>{hosts: "role=db"}</c>, and on them <c>process: redis-server</c> or <c>container: redis-server</c>.</summary>
internal sealed class HostTargetReader(ReadScope scope)
{
    /// <summary>Whether the target is on hosts, and not in a cluster.</summary>
    public static bool Is(MapNode map) => map.Has("hosts") || map.Has("process") || map.Has("container");

    /// <summary>The selector of hosts as it is written; null for every host.</summary>
    public static DocumentNode? Hosts(Fields target) => target.Take("hosts") is var node && node is ScalarNode { Text: "*" } ? null : node;

    /// <param name="hosts">The selector of hosts, checked.</param>
    public TargetSelector? Read(Fields target, string fault, string hosts, Ratio? share)
    {
        var process = target.Text("process") ?? "";
        var container = target.Text("container") ?? "";
        var kind = container.Length > 0 ? TargetKind.Container : process.Length > 0 ? TargetKind.Process : TargetKind.Host;
        if (!target.Map.Has("hosts"))
        {
            scope.Error("CRT5720", target.At("hosts"), target.Map, "A process or a container is on some host: write which as well, by labels, e.g. hosts: \"role=db\", or hosts: \"*\" for every host.");
            return null;
        }

        if (process.Length > 0 && container.Length > 0)
        {
            scope.Error("CRT5720", target.At("process"), target.Map["process"], "A target is a process or a container, and both are given. Keep one; the processes of a container are found by process alone as well.");
        }

        foreach (var key in target.Map.Entries.Where(entry => entry.Key is "namespace" or "labels" or "label_selector" or "selector" or "kind" or "name"))
        {
            // Passed over it would make the target wider than it was meant.
            scope.Error("CRT5720", target.At(key.Key), key.Value, $"{key.Key} says nothing about hosts. Choose hosts by their labels (host=NAME for one), and on them a program with process or a container with container.");
            target.Take(key.Key);
        }

        if (FaultCatalogue.Find(fault) is { } known && FaultCatalogue.Find(fault, kind) is null)
        {
            scope.Error("CRT2072", target.At(kind == TargetKind.Host ? "hosts" : TargetId.Text(kind)), target.Map,
                $"{known.Name} cannot hit a {TargetId.Text(kind)}; it hits {string.Join(", ", FaultCatalogue.Variants(fault).SelectMany(variant => variant.Targets).Distinct().Select(TargetId.Text))}.");
            return null;
        }

        var count = target.Integer("count", 1, 10_000, "CRT2071");
        if (share is not null && count is not null)
        {
            scope.Warn("CRT2075", target.At("count"), target.Map["count"], "count has no effect beside share.");
        }

        target.WarnUnknown("A target");
        return new TargetSelector { Kind = kind, Hosts = hosts, Process = process, Container = container, Count = count ?? 1, Share = share };
    }
}
