using System.Globalization;
using System.Text.RegularExpressions;
using Crater.Targets;

namespace Crater.Advice;

/// <summary>The commands that would do and undo a proposal by hand, with the real names filled in.</summary>
internal static partial class ByHandCommands
{
    public static ByHand For(Proposal proposal, Candidate candidate) => new(
        Lines(candidate.Definition.ByHand, proposal, candidate), Lines(candidate.Definition.UndoByHand, proposal, candidate));

    /// <summary>One set of commands for each pod that would be hit; a node or a workload needs one.</summary>
    private static IReadOnlyList<string> Lines(string template, Proposal proposal, Candidate candidate)
    {
        var pods = candidate.Target.Pods.OrderBy(pod => pod.Name, StringComparer.Ordinal).Take(proposal.Target.Count).ToArray();
        var places = proposal.Target.Kind switch
        {
            TargetKind.Node => [(Name: candidate.Node, candidate.Node)],
            TargetKind.Host => [(Name: candidate.Target.Name, candidate.Target.Name)],
            TargetKind.Pod or TargetKind.Process when pods.Length > 0 => [.. pods.Select(pod => (pod.Name, pod.Node))],
            _ => new[] { (Name: proposal.Target.Name.Length > 0 ? proposal.Target.Name : "<pod>", Node: "<node>") },
        };
        return [.. places.SelectMany(place => template.Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Select(line => Fill(line, place.Name, place.Item2, proposal, candidate))).Distinct()];
    }

    private static string Fill(string line, string name, string node, Proposal proposal, Candidate candidate)
    {
        // An option whose value was left out is left out too: kubectl has the pod's own default then.
        line = Option().Replace(line, match => Value(match.Groups[1].Value, name, node, proposal, candidate) is "" ? "" : match.Value);
        return Place().Replace(line, match => Value(match.Groups[1].Value, name, node, proposal, candidate) ?? match.Value);
    }

    /// <summary>Null for a word that is no place-holder of ours, such as a Go template's.</summary>
    private static string? Value(string word, string name, string node, Proposal proposal, Candidate candidate)
    {
        var (key, unit) = word.Split(':') is [var first, var second] ? (first, second) : (word, "");
        string? text = key switch
        {
            "target" => name,
            "node" or "host" => node,
            "pid" => name.Split(':')[^1],
            "namespace" => candidate.Target.Namespace,
            "component" => candidate.Target.Name,
            "selector" => candidate.Target.Selector,
            "image" => candidate.Target.Containers.Count > 0 ? candidate.Target.Containers[0].Image : "",
            "duration" => Durations.Text(proposal.Duration),
            _ => proposal.Fault.Arguments.TryGetValue(key, out var argument) ? argument : null,
        };
        return unit == "seconds" && text is { Length: > 0 } && Durations.TryParse(text, out var duration)
            ? Math.Ceiling(duration.TotalSeconds).ToString("0", CultureInfo.InvariantCulture)
            : text;
    }

    [GeneratedRegex(@"(?<!\{)\{([a-z][a-z:-]*)\}(?!\})")]
    private static partial Regex Place();

    [GeneratedRegex(@" --[a-z-]+=\{([a-z][a-z:-]*)\}")]
    private static partial Regex Option();
}
