using Crater.Documents;
using Crater.Faults;
using Crater.Targets;

namespace Crater.Experiments.Reading;

/// <summary>Reads a target on hosts: <c>{hosts: "role=db"}</c>, or <c>{hosts: "role=db", process: redis-server}</c>.</summary>
internal sealed class HostTargetReader(ReadScope scope)
{
    /// <summary>Whether the target is on hosts, and not in a cluster.</summary>
    public static bool Is(MapNode map) => map.Has("hosts") || map.Has("process");

    /// <summary>The selector of hosts as it is written; null for every host.</summary>
    public static DocumentNode? Hosts(Fields target) => target.Take("hosts") is var node && node is ScalarNode { Text: "*" } ? null : node;

    /// <param name="hosts">The selector of hosts, checked.</param>
    public TargetSelector? Read(Fields target, string fault, string hosts, Ratio? share)
    {
        var process = target.Text("process") ?? "";
        var kind = process.Length > 0 ? TargetKind.Process : TargetKind.Host;
        if (!target.Map.Has("hosts"))
        {
            scope.Error("CRT5720", target.At("hosts"), target.Map, "A process is on some host: write which as well, by labels, e.g. hosts: \"role=db\", or hosts: \"*\" for every host.");
            return null;
        }

        foreach (var key in target.Map.Entries.Where(entry => entry.Key is "namespace" or "labels" or "label_selector" or "selector" or "kind" or "name"))
        {
            // Passed over it would make the target wider than it was meant.
            scope.Error("CRT5720", target.At(key.Key), key.Value, $"{key.Key} says nothing about hosts. Choose hosts by their labels (host=NAME for one), and on them a program with process.");
            target.Take(key.Key);
        }

        if (FaultCatalogue.Find(fault) is { } known && FaultCatalogue.Find(fault, kind) is null)
        {
            scope.Error("CRT2072", target.At(kind == TargetKind.Process ? "process" : "hosts"), target.Map,
                $"{known.Name} cannot hit a {TargetId.Text(kind)}; it hits {string.Join(", ", FaultCatalogue.Variants(fault).SelectMany(variant => variant.Targets).Distinct().Select(TargetId.Text))}.");
            return null;
        }

        var count = target.Integer("count", 1, 10_000, "CRT2071");
        if (share is not null && count is not null)
        {
            scope.Warn("CRT2075", target.At("count"), target.Map["count"], "count has no effect beside share.");
        }

        target.WarnUnknown("A target");
        return new TargetSelector { Kind = kind, Hosts = hosts, Process = process, Count = count ?? 1, Share = share };
    }
}
