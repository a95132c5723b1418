using System.Globalization;
using System.Text.Json.Nodes;
using Crater.Diagnostics;
using Crater.Discovery;
using Crater.Faults;
using Crater.Risks;
using Crater.Targets;

namespace Crater.Advice;

/// <summary>Writes a candidate out as a proposal: words from templates, targets and figures from the topology.</summary>
internal sealed class Drafting(TopologyIndex index, AdviceOptions options)
{
    public Proposal Draft(Candidate candidate, double score, Wording? wording = null)
    {
        var title = Fill(candidate.Risk.Title, candidate);
        var proposal = new Proposal
        {
            Id = candidate.Id,
            Slug = Slugs.Of($"{title}-{candidate.Definition.Name}"),
            Title = title,
            Reason = wording?.Reason ?? Reason(candidate),
            Evidence = [.. candidate.Findings.OrderByDescending(f => f == candidate.Primary).ThenBy(f => f.Id, StringComparer.Ordinal).Select(f => f.Id)],
            ExpectedImpact = wording?.ExpectedImpact ?? Fill(candidate.Risk.Impact, candidate),
            BlastRadius = Prediction.Of(candidate, index),
            RiskLevel = candidate.Risk.TestRisk switch { <= 1 => RiskLevel.Low, <= 3 => RiskLevel.Medium, _ => RiskLevel.High },
            Risk = Filled(candidate),
            Component = candidate.Target.Id,
            Weak = candidate.Weak.Id,
            Fault = Describe(candidate),
            Target = Selector(candidate),
            Duration = options.Duration ?? candidate.Risk.Fault.Duration,
            Score = score,
            Document = "",
            ByHand = new ByHand([], []),
            Confidence = wording?.Confidence ?? "",
            Source = wording?.Source ?? "rules",
        };
        var document = new DocumentText(proposal, candidate, options);
        return proposal with { Document = document.Write(), ByHand = ByHandCommands.For(proposal, candidate) };
    }

    /// <summary>The risk with the names of the real components in its words.</summary>
    private static Risk Filled(Candidate candidate) => candidate.Risk with
    {
        Title = Fill(candidate.Risk.Title, candidate),
        Hypothesis = Fill(candidate.Risk.Hypothesis, candidate),
        Impact = Fill(candidate.Risk.Impact, candidate),
        Prevention = [.. candidate.Risk.Prevention.Select(text => Fill(text, candidate))],
        Emergency = [.. candidate.Risk.Emergency.Select(text => Fill(text, candidate))],
    };

    private static string Fill(string text, Candidate candidate) => text
        .Replace("{target}", candidate.Target.Name, StringComparison.Ordinal)
        .Replace("{weak}", candidate.Weak.Name, StringComparison.Ordinal)
        .Replace("{namespace}", candidate.Target.Namespace, StringComparison.Ordinal)
        .Replace("{selector}", candidate.Target.Selector, StringComparison.Ordinal)
        .Replace("{component}", $"{TargetId.Text(candidate.Target.Kind)}/{candidate.Target.Name}", StringComparison.Ordinal);

    private static string Reason(Candidate candidate)
    {
        var primary = candidate.Primary;
        var rule = RuleBook.Find(primary.Rule)!;
        var seen = $"{primary.Object}: {primary.Observed}";
        return primary.Answer switch
        {
            Answer.Violated => $"{rule.Title} ({seen}).",
            Answer.Unknown => $"Nobody says how it is, and a test would tell: {Lower(rule.Title)}? ({seen})",
            _ => $"It looks safe against this, and only a test proves it: {Lower(rule.Title)}? ({seen})",
        };
    }

    private static string Lower(string text) => char.ToLowerInvariant(text[0]) + text[1..];

    private static Fault Describe(Candidate candidate)
    {
        Dictionary<string, JsonNode?> arguments = new(StringComparer.Ordinal);
        foreach (var (parameter, value) in candidate.Risk.Fault.Arguments)
        {
            arguments[parameter] = JsonValue.Create(value);
        }

        // Only the calls of the weak component are disturbed; everyone else keeps the target.
        if (candidate.Risk.Fault.PeersFrom == "weak" && candidate.Weak.Id != candidate.Target.Id && candidate.Weak.Namespace == candidate.Target.Namespace
            && candidate.Weak.Selector.Length > 0)
        {
            arguments["peers"] = JsonValue.Create(candidate.Weak.Selector);
        }

        List<Problem> problems = [];
        return FaultCatalogue.Describe(candidate.Definition.Name, arguments, candidate.Risk.Id, problems, candidate.Definition.Targets[0])
            ?? throw CraterException.For($"The fault of risk {candidate.Risk.Id}", problems);
    }

    private static TargetSelector Selector(Candidate candidate) => candidate.Definition.Targets[0] switch
    {
        TargetKind.Node => new TargetSelector { Kind = TargetKind.Node, Name = candidate.Node },
        TargetKind.Host => new TargetSelector { Kind = TargetKind.Host, Hosts = $"{StackHost.NameLabel}={candidate.Target.Name}" },
        // Frozen is a program when all its processes are; one that dies is one of them.
        TargetKind.Process => new TargetSelector
        {
            Kind = TargetKind.Process,
            Hosts = $"{StackHost.NameLabel}={candidate.Target.Namespace}",
            Process = candidate.Target.Name,
            Count = candidate.Definition.Ending == Ending.HealsItself ? 1 : Math.Max(1, candidate.Target.Replicas),
        },
        TargetKind.Deployment => new TargetSelector { Kind = TargetKind.Deployment, Namespace = candidate.Target.Namespace, Name = candidate.Target.Name },
        _ => new TargetSelector
        {
            Namespace = candidate.Target.Namespace,
            Labels = candidate.Target.Selector,
            Count = Count(candidate),
        },
    };

    /// <summary>A moment is tried on one pod; a slow or failing dependency is only one when all its pods are.</summary>
    private static int Count(Candidate candidate) =>
        candidate.Definition.Family is "network" or "http" ? Math.Max(1, candidate.Target.Replicas) : 1;

    internal static string Text(double number) => number.ToString("0.######", CultureInfo.InvariantCulture);
}
