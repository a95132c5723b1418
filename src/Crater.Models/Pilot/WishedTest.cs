using System.Globalization;
using Crater.Advice;

namespace Crater.Models.Pilot;

/// <summary>A test that someone wants done.</summary>
/// <param name="Id">As the model knows it: k01, or the fault and component of a free pair.</param>
/// <param name="TestRisk">1 to 5.</param>
/// <param name="Target">Id of the component or node.</param>
internal sealed record WishedTest(string Id, Proposal Proposal, int TestRisk, string Target)
{
    /// <summary>What a plan of it would do, for whoever asked.</summary>
    public string Told(TrialPlan plan) => string.Create(CultureInfo.InvariantCulture,
        $"{Id}: {Proposal.Fault.Name} on {plan.Targets.Count} target{(plan.Targets.Count == 1 ? "" : "s")} for {plan.FaultSeconds:0.#} s, risk {TestRisk} of 5.");
}
