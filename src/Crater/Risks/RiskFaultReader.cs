using Crater.Diagnostics;
using Crater.Documents;
using Crater.Faults;
using Crater.Targets;

namespace Crater.Risks;

/// <summary>Reads the <c>fault</c> of a risk and checks it against the fault catalogue.</summary>
internal sealed class RiskFaultReader(RiskFields fields, ICollection<Problem> problems)
{
    public RiskFault Read()
    {
        fields.OnlyKeys("name", "on", "arguments", "ranges", "duration", "peers-from");
        var name = fields.Text("name");
        var arguments = fields.Node("arguments");
        var ranges = Ranges();
        var risk = new RiskFault(name, Texts(arguments), fields.Duration("duration")) { On = On() };
        if (name.Length > 0)
        {
            Check(risk, arguments, ranges);
        }

        return risk with { Ranges = ranges, PeersFrom = fields.Text("peers-from", otherwise: "") };
    }

    private TargetKind? On()
    {
        var on = fields.Text("on", otherwise: "");
        if (on is not ("" or "host" or "process"))
        {
            fields.Say("on", "CRT9203", $"'{on}' is neither host nor process; leave it out for what is in a cluster.");
        }

        return on switch { "host" => TargetKind.Host, "process" => TargetKind.Process, _ => null };
    }

    private static Dictionary<string, string> Texts(MapNode? arguments) => (arguments?.Entries ?? [])
        .ToDictionary(entry => entry.Key, entry => (entry.Value as ScalarNode)?.Text ?? "", StringComparer.Ordinal);

    private Dictionary<string, (string Min, string Max)> Ranges()
    {
        Dictionary<string, (string, string)> ranges = new(StringComparer.Ordinal);
        foreach (var entry in fields.Node("ranges")?.Entries ?? [])
        {
            if (entry.Value is ListNode { Items: [ScalarNode min, ScalarNode max] })
            {
                ranges[entry.Key] = (min.Text, max.Text);
            }
            else
            {
                fields.Say("ranges", "CRT9203", $"The range of '{entry.Key}' must be a list of two values, the smallest and the largest.");
            }
        }

        return ranges;
    }

    private void Check(RiskFault risk, MapNode? arguments, Dictionary<string, (string Min, string Max)> ranges)
    {
        var name = risk.Name;
        if (risk.Definition is not { } definition)
        {
            // A fault that this release knows of but cannot do to such a target makes a risk that is kept as knowledge.
            if (UnavailableFaults.Find(name) is null && FaultCatalogue.Find(name) is null)
            {
                fields.Say("name", "CRT9206", FaultCatalogue.Unknown(name, "", 0, 0).Message);
            }

            return;
        }

        if (definition.Name != name)
        {
            fields.Say("name", "CRT9206", $"'{name}' is another name of {definition.Name}; the catalogue uses the canonical one.");
        }

        FaultCatalogue.Describe(name, arguments, $"{fields.Path}.arguments", problems, definition.Targets[0]);
        foreach (var (parameter, (min, max)) in ranges)
        {
            if (definition.Parameters.All(known => known.Name != parameter))
            {
                fields.Say("ranges", "CRT9208", $"{definition.Name} has no parameter '{parameter}'.");
                continue;
            }

            foreach (var bound in new[] { min, max })
            {
                CheckBound(definition, arguments, parameter, bound);
            }
        }
    }

    /// <summary>Each end of a range must itself be a legal argument.</summary>
    private void CheckBound(FaultDefinition definition, MapNode? arguments, string parameter, string bound)
    {
        var others = (arguments?.Entries ?? []).Where(entry => entry.Key != parameter);
        var map = new MapNode([.. others, new MapEntry(parameter, ScalarNode.Read(bound, isPlain: true, fields.Line, fields.Column), fields.Line, fields.Column)], fields.Line, fields.Column);
        List<Problem> found = [];
        FaultCatalogue.Describe(definition.Name, map, "", found, definition.Targets[0]);
        foreach (var problem in found)
        {
            fields.Say("ranges", "CRT9208", $"{parameter} {bound}: {problem.Message}");
        }
    }
}
