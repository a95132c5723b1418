using Crater.Diagnostics;
using Crater.Documents;
using Crater.Faults;

namespace Crater.Risks;

/// <summary>Reads the <c>fault</c> of a risk and checks it against the fault catalogue.</summary>
internal sealed class RiskFaultReader(RiskFields fields, ICollection<Problem> problems)
{
    public RiskFault Read()
    {
        fields.OnlyKeys("name", "arguments", "ranges", "duration", "peers-from");
        var name = fields.Text("name");
        var arguments = fields.Node("arguments");
        var ranges = Ranges();
        if (name.Length > 0)
        {
            Check(name, arguments, ranges);
        }

        return new RiskFault(name, Texts(arguments), fields.Duration("duration")) { Ranges = ranges, PeersFrom = fields.Text("peers-from", otherwise: "") };
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

    private void Check(string name, MapNode? arguments, Dictionary<string, (string Min, string Max)> ranges)
    {
        if (FaultCatalogue.Find(name) is not { } definition)
        {
            // A fault that this release knows of but cannot do makes a risk that is kept as knowledge.
            if (UnavailableFaults.Find(name) is null)
            {
                fields.Say("name", "CRT9206", FaultCatalogue.Unknown(name, "", 0, 0).Message);
            }

            return;
        }

        if (definition.Name != name)
        {
            fields.Say("name", "CRT9206", $"'{name}' is another name of {definition.Name}; the catalogue uses the canonical one.");
        }

        FaultCatalogue.Describe(name, arguments, $"{fields.Path}.arguments", problems);
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
        FaultCatalogue.Describe(definition.Name, map, "", found);
        foreach (var problem in found)
        {
            fields.Say("ranges", "CRT9208", $"{parameter} {bound}: {problem.Message}");
        }
    }
}
