using System.Globalization;
using System.Text;
using Crater.Targets;

namespace Crater.Discovery;

/// <summary>The inventory as a list grouped by kind, for people.</summary>
public static class InventoryText
{
    public static string Write(Topology topology)
    {
        var text = new StringBuilder("Infrastructure inventory\n========================\n");
        var total = 0;
        foreach (var group in topology.Components.GroupBy(component => component.Kind).OrderBy(group => group.Key))
        {
            Group(TargetId.Text(group.Key), group.Select(component => $"{component.Name} ({component.Namespace})"));
        }

        Group("service", topology.Services.Select(service => $"{service.Name} ({service.Namespace})"));
        Group("ingress", topology.Ingresses.Select(route => $"{route.Name} ({route.Namespace})").Distinct());
        Group("node", topology.Nodes.Select(node => $"{node.Name}{(node.Zone.Length > 0 ? $" (zone {node.Zone})" : "")}"));
        text.Append(CultureInfo.InvariantCulture, $"\nTotal: {total}\nCluster: {(topology.Version.Length > 0 ? topology.Version : "version unknown")} ({topology.Source})\n");
        Section("Unknown, because it could not be seen", topology.Unknown.Select(blind =>
            $"{blind.Resource}{(blind.Namespace.Length > 0 ? $" in {blind.Namespace}" : "")}: {blind.Reason}"));
        Section("Warnings", topology.Warnings);
        return text.ToString();

        void Group(string kind, IEnumerable<string> names)
        {
            var lines = names.ToList();
            total += lines.Count;
            Section($"{kind.ToUpperInvariant()} ({lines.Count})", lines);
        }

        void Section(string title, IEnumerable<string> lines)
        {
            var all = lines.ToList();
            if (all.Count > 0)
            {
                text.Append(CultureInfo.InvariantCulture, $"\n{title}\n").AppendJoin("", all.Select(line => $"   • {line}\n"));
            }
        }
    }
}
