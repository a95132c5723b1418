using Crater.Advice;
using Crater.Runs;
using Crater.Targets;

namespace Crater.Models.Pilot;

/// <summary>What a session may put in place, and what it may without a person. Plain code: no model has a say in it, and it looks at what was really drawn.</summary>
internal sealed class PilotPolicy(PilotOptions options)
{
    /// <summary>Why a test may not be done at all; empty when it may.</summary>
    public string Objection(int testRisk, Proposal proposal) =>
        testRisk > options.RiskMax ? $"its risk is {testRisk}, and at most {options.RiskMax} is allowed"
        : proposal.Duration > options.FaultMax ? $"its fault would be in place for {Durations.Text(proposal.Duration)}, and at most {Durations.Text(options.FaultMax)} is allowed"
        : OfNamespace(proposal.Target.Namespace);

    /// <summary>The same for what was drawn; also what the planner itself refuses.</summary>
    public string Objection(TrialPlan plan) =>
        plan.Problems.Count > 0 ? string.Join("; ", plan.Problems)
        : plan.Targets.Count == 0 ? "nothing would be hit"
        : plan.Targets.Select(target => OfNamespace(target.Namespace)).FirstOrDefault(objection => objection.Length > 0)
        ?? (plan.Targets.Any(target => target.Seconds > options.FaultMax.TotalSeconds) ? $"a fault would be in place for longer than {Durations.Text(options.FaultMax)}" : "");

    /// <summary>Why a person has to approve; empty when the policy may do it alone.</summary>
    public string NeedsPerson(int testRisk, bool isTainted) =>
        isTainted ? "the session has read text that anyone may have written"
        : options.Approval != Approval.Policy ? "each test is approved by a person"
        : testRisk > options.RiskUnattendedMax ? $"its risk is {testRisk}, and the policy approves at most {options.RiskUnattendedMax} alone"
        : "";

    /// <summary>What is in no namespace, such as a node, reaches into all of them.</summary>
    private string OfNamespace(string space) =>
        Planner.ProtectedNamespaces.Contains(space) ? $"the namespace {space} is protected"
        : options.Namespaces.Count > 0 && !options.Namespaces.Contains(space) ? $"only {string.Join(", ", options.Namespaces)} may be hit{(space.Length == 0 ? ", and this reaches into other namespaces" : "")}"
        : "";
}
