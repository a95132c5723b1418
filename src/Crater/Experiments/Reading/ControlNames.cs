using Crater.Documents;

namespace Crater.Experiments.Reading;

/// <summary>The configuration keys that controls carried out here make just before the method. Documents refer to them and declare them nowhere.</summary>
internal sealed class ControlNames
{
    private readonly HashSet<string> _names = new(StringComparer.Ordinal);
    private readonly List<string> _prefixes = [];

    public static ControlNames None { get; } = new();

    public static ControlNames Of(MapNode root)
    {
        var names = new ControlNames();
        foreach (var provider in (root["controls"] as ListNode)?.Items.OfType<MapNode>().Select(control => control["provider"]).OfType<MapNode>() ?? [])
        {
            if (PythonFunctions.Controls.FirstOrDefault(control => control.Module == provider.Text("module")) is { Outputs.Length: > 0 } native)
            {
                names._prefixes.Add(native.OutputPrefix);
                names._names.UnionWith(((provider["arguments"] as MapNode)?[native.Outputs] as MapNode)?.Entries.Select(entry => entry.Value).OfType<ScalarNode>().Select(name => name.Text) ?? []);
            }
        }

        return names;
    }

    public bool Has(string name) => _names.Contains(name) || _prefixes.Exists(prefix => name.StartsWith(prefix, StringComparison.Ordinal));
}
