using System.Text;
using Crater.Discovery;
using Crater.Faults;
using Crater.Measurements;
using Crater.Risks;
using Crater.Targets;

namespace Crater.Advice;

/// <summary>The experiment document of a proposal, as YAML that people can read and change.</summary>
internal sealed class DocumentText(Proposal proposal, Candidate candidate, AdviceOptions options)
{
    /// <summary>Requests per second beside an experiment on hosts, whose error rate nobody else measures: few enough for any host, enough for a share of errors.</summary>
    private const int HostLoadRate = 5;

    private readonly StringBuilder _text = new();

    private bool HasEntry => options.EntryUrl.Length > 0 || candidate.Definition.IsForHosts;

    public string Write()
    {
        Line($"# {Comment(proposal.Reason)}");
        Line($"# Evidence: {Comment(string.Join(", ", proposal.Evidence))}");
        Line($"# May reach: {string.Join(", ", proposal.BlastRadius.Components)}");
        Line($"title: {Quote(proposal.Title)}");
        Line($"description: {Quote(proposal.ExpectedImpact)}");
        Line($"tags: [{proposal.Risk.Kind}, {proposal.Fault.Name}]");
        Line($"risk: {proposal.Risk.Id}");
        if (HasEntry)
        {
            // Without a default the run asks for it: nobody can see from a host what its users see.
            Line("configuration:");
            Line($"  entry_url: {{type: env, key: CRATER_ENTRY_URL{(options.EntryUrl.Length > 0 ? $", default: {Quote(options.EntryUrl)}" : "")}}}");
        }

        if (candidate.Definition.IsForHosts)
        {
            Line($"load: {{rate: {HostLoadRate}, url: \"${{entry_url}}\"}}");
        }

        Hypothesis();
        Method();
        Guards();
        BlastRadius();
        return _text.ToString();
    }

    private void Hypothesis()
    {
        Line("steady-state-hypothesis:");
        Line($"  title: {Quote(proposal.Risk.Hypothesis)}");
        Line("  probes:");
        if (HasEntry)
        {
            // Who claims only that answers come in time is not refuted by what they say.
            var claimsSuccess = candidate.Risk.Probes.Any(probe => probe.Metric == "error_rate") || candidate.Risk.Probes.Count == 0;
            var statuses = claimsSuccess ? "200" : "[200, 429, 500, 502, 503, 504]";
            Line($"    - {{name: the way in answers, type: probe, tolerance: {statuses}, provider: {{type: http, url: \"${{entry_url}}\", timeout: 5}}}}");
        }

        foreach (var probe in Probes())
        {
            var of = probe.Of switch { "target" => candidate.Target, "weak" => candidate.Weak, _ => null };
            var lower = double.IsNaN(probe.Lower) ? (of ?? candidate.Target).Replicas : probe.Lower;
            Line($"    - name: {Quote(probe.Name)}");
            Line("      type: probe");
            Line($"      tolerance: {{type: range, range: [{Drafting.Text(lower)}, {Drafting.Text(Upper(probe, of))}]}}");
            Line($"      provider: {{type: metric, metric: {probe.Metric}{(of is null ? "" : $", component: {of.Id}")}, window: 5s}}");
        }
    }

    /// <summary>What can be measured; where a component's own latency or errors can be, the same at the way in is left out, since who is between may hide or add to it.</summary>
    private IEnumerable<RiskProbe> Probes()
    {
        var near = candidate.Risk.Probes.Where(IsNear).Select(probe => probe.Metric).ToHashSet(StringComparer.Ordinal);
        return candidate.Risk.Probes.Where(probe => IsNear(probe) ? options.ComponentMetrics : !options.ComponentMetrics || !near.Contains(probe.Metric));
    }

    private static bool IsNear(RiskProbe probe) => probe.Of != "application"
        && probe.Metric is (KnownMetrics.ErrorRate or KnownMetrics.LatencyP50 or KnownMetrics.LatencyP95 or KnownMetrics.LatencyP99 or KnownMetrics.Throughput);

    /// <summary>Memory is measured over all pods of a component together, so its bound grows with them, and with what each is said to need.</summary>
    private static double Upper(RiskProbe probe, Component? of) => probe.Metric == KnownMetrics.MemoryUsage && of is not null
        ? Math.Max(1, of.Replicas) * Math.Max(probe.Upper, 2 * of.Containers.Sum(container => container.MemoryRequest ?? 0))
        : probe.Upper;

    private void Method()
    {
        var target = proposal.Target;
        Line("method:");
        Line("  - type: action");
        Line($"    name: {Quote($"{proposal.Fault.Name} on {(candidate.Node.Length > 0 ? $"node {candidate.Node}" : candidate.Target.Name)}")}");
        Line("    provider:");
        Line("      type: fault");
        Line($"      fault: {proposal.Fault.Name}");
        Line(target.Kind switch
        {
            TargetKind.Node => $"      target: {{kind: node, name: {Quote(target.Name)}}}",
            TargetKind.Host => $"      target: {{hosts: {Quote(target.Hosts!)}}}",
            TargetKind.Process => $"      target: {{hosts: {Quote(target.Hosts!)}, process: {Quote(target.Process)}, count: {target.Count}}}",
            TargetKind.Pod => $"      target: {{namespace: {Quote(target.Namespace)}, labels: {Quote(target.Labels)}, count: {target.Count}}}",
            _ => $"      target: {{kind: {TargetId.Text(target.Kind)}, namespace: {Quote(target.Namespace)}, name: {Quote(target.Name)}}}",
        });
        Arguments();
        Line($"      duration: {Durations.Text(proposal.Duration)}");
    }

    /// <summary>What the risk and the plan set, with the range in which other values make sense; defaults stay out.</summary>
    private void Arguments()
    {
        var own = proposal.Fault.Arguments.Where(argument => argument.Value.Length > 0
            && (candidate.Risk.Fault.Arguments.ContainsKey(argument.Key) || argument.Key == "peers")).OrderBy(argument => argument.Key, StringComparer.Ordinal).ToArray();
        if (own.Length == 0)
        {
            return;
        }

        Line("      arguments:");
        foreach (var (parameter, value) in own)
        {
            var written = candidate.Risk.Fault.Arguments.GetValueOrDefault(parameter, value);
            var range = candidate.Risk.Fault.Ranges.TryGetValue(parameter, out var ends) ? $"    # from {ends.Min} to {ends.Max} makes sense" : "";
            Line($"        {parameter}: {Plain(parameter, written)}{range}");
        }
    }

    private void Guards()
    {
        Line("guards:");
        foreach (var guard in candidate.Risk.Guards)
        {
            var limit = guard.Above is { } above ? $"above: {Drafting.Text(above)}" : $"below: {Drafting.Text(guard.Below!.Value)}";
            Line($"  - {{metric: {guard.Metric}, {limit}, for: {Durations.Text(guard.For)}}}");
        }
    }

    private void BlastRadius()
    {
        // Time for the fault, for the target to heal, and as much again for slow machines.
        var longest = (2 * proposal.Duration) + (2 * proposal.Risk.RecoveryTime);
        var all = IsCounted ? Math.Min(1, (double)proposal.Target.Count / Math.Max(1, candidate.Target.Replicas)) : 1;
        Line($"blast-radius: {{targets-max: {(IsCounted ? proposal.Target.Count : 1)}, target-share-max: {Drafting.Text(Math.Ceiling(all * 100) / 100)}, duration-max: {Durations.Text(longest)}}}");
    }

    private bool IsCounted => proposal.Target.Kind is TargetKind.Pod or TargetKind.Process;

    private string Plain(string parameter, string value) =>
        candidate.Definition.Parameters.First(known => known.Name == parameter).Type is ParameterType.Number or ParameterType.Integer or ParameterType.Ratio ? value : Quote(value);

    private void Line(string line) => _text.Append(line).Append('\n');

    private static string Comment(string text) => text.ReplaceLineEndings(" ");

    /// <summary>Always a double-quoted scalar, so that no name can become anything else.</summary>
    private static string Quote(string text) =>
        $"\"{text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal).ReplaceLineEndings(" ")}\"";
}
