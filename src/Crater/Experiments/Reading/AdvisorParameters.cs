using System.Globalization;
using Crater.Diagnostics;
using Crater.Documents;
using Crater.Faults;
using Crater.Targets;

namespace Crater.Experiments.Reading;

/// <summary>What the parameters of a document of the Chaos Advisor come to.</summary>
internal sealed record AdvisorReading(Fault? Fault, TimeSpan Duration, int Count);

/// <summary>Reads <c>parameters</c> of the Chaos Advisor's form: duration, intensity and replicas_to_kill for all actions, the rest is the fault's own.</summary>
internal sealed class AdvisorParameters(ReadScope scope)
{
    private const string Path = "parameters";

    public AdvisorReading Read(Fields document, string action)
    {
        var map = document.TakeResolved(Path) as MapNode ?? new MapNode([], document.Map.Line, document.Map.Column);
        var fields = new Fields(map, Path, scope);
        var duration = new FaultProviderReader(scope).Duration(fields, map.Has("duration") ? "duration" : "TOTAL_CHAOS_DURATION");
        var count = fields.Integer("replicas_to_kill", 1, 10_000, "CRT2071") ?? 1;
        var own = map.Entries.Where(entry => entry.Key is not ("duration" or "TOTAL_CHAOS_DURATION" or "replicas_to_kill" or "intensity")).ToList();
        if (FaultCatalogue.Find(action) is { } definition && Intensity(map, definition, own) is { } entry)
        {
            own.Add(entry);
        }

        var problems = new List<Problem>();
        var fault = FaultCatalogue.Describe(action, new MapNode(own, map.Line, map.Column), Path, problems);
        var at = document.Map["action"]!;
        scope.Problems.AddRange(problems.Select(problem => problem.Code is "CRT2101" or "CRT2102"
            ? problem with { Path = "action", Line = at.Line, Column = at.Column }
            : problem));
        return new AdvisorReading(fault, duration, count);
    }

    private MapEntry? Intensity(MapNode map, FaultDefinition definition, List<MapEntry> own)
    {
        if (map.Entry("intensity") is not { } entry)
        {
            return null;
        }

        if (entry.Value is not ScalarNode { Number: >= 0.1 and <= 1 } scalar)
        {
            scope.Error("CRT2091", $"{Path}.intensity", entry.Value, $"intensity must be a number from 0.1 to 1.0; found {entry.Value.Saying}.");
            return null;
        }

        if (definition.Intensity is not { } intensity)
        {
            scope.Warn("CRT2092", $"{Path}.intensity", entry.Value, $"intensity means nothing for {definition.Name}: there is no half of it. replicas_to_kill says how many targets are hit.");
            return null;
        }

        var parameter = definition.Parameters.First(p => p.Name == intensity.Parameter);
        var competing = definition.OneOf.Contains(parameter.Name) ? definition.OneOf : [parameter.Name];
        if (own.Any(given => definition.Parameters.Any(p => competing.Contains(p.Name) && (p.Name == given.Key || p.Aliases.Contains(given.Key)))))
        {
            scope.Warn("CRT2092", $"{Path}.intensity", entry.Value, $"intensity has no effect beside a {string.Join(" or ", competing)} that is given.");
            return null;
        }

        var value = intensity.AtOne * scalar.Number!.Value;
        var text = parameter.Type == ParameterType.Duration ? Durations.Text(TimeSpan.FromSeconds(value)) : value.ToString("0.####", CultureInfo.InvariantCulture);
        return new MapEntry(parameter.Name, ScalarNode.OfText(text, entry.Line, entry.Column), entry.Line, entry.Column);
    }
}
