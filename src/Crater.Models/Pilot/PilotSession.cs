using System.Globalization;
using System.Text.Json.Nodes;
using Crater.Advice;
using Crater.Models.Pilot.Transcripts;
using Crater.Models.Suggest;
using Crater.Models.Tools;
using Crater.Targets;

namespace Crater.Models.Pilot;

/// <summary>
/// What a session knows and where it stands, and the one way by which anything is put in place: memory, step by step, policy, budget, rest, plan, policy on the plan, approval, run. Each gate
/// answers with a reason, and only the last one acts.
/// </summary>
internal sealed class PilotSession(PilotOptions options, Digest digest, IExecutor executor, IApprover approver, Spending spending, Transcript transcript)
{
    /// <summary>Who is refused so often in a row does not get any further.</summary>
    private const int DenialsMax = 3;

    private readonly PilotPolicy _policy = new(options);
    private readonly ApprovalGate _gate = new(options.Approval, approver, transcript);
    private readonly List<StressResult> _stresses = [];
    private bool _hasActed;

    public PilotOptions Options => options;

    public Digest Digest => digest;

    public IExecutor Executor => executor;

    public TrialMemory Memory { get; } = new();

    public IReadOnlyList<StressResult> Stresses => _stresses;

    /// <summary>Free text was read; from here on nothing is started without a person.</summary>
    public bool IsTainted { get; private set; }

    /// <summary>Null while it goes on.</summary>
    public EndState? End { get; private set; }

    public string EndReason { get; private set; } = "";

    public int Rounds => Memory.Trials.Count + _stresses.Count;

    /// <summary>How often in a row what was asked for was not allowed.</summary>
    public int Denials { get; private set; }

    /// <summary>The first end counts.</summary>
    public void Finish(EndState state, string reason)
    {
        if (End is null)
        {
            (End, EndReason) = (state, reason);
        }
    }

    public void Taint(string tool)
    {
        if (!IsTainted)
        {
            IsTainted = true;
            transcript.Add("taint", new JsonObject { ["tool"] = tool });
        }
    }

    /// <summary>A candidate at an intensity.</summary>
    public WishedTest Wish(string id, Offer offer, Intensity intensity) =>
        new(id, digest.Shortlist.Draft(offer.Id, Escalation.Arguments(offer, intensity)), offer.TestRisk, offer.Node.Length > 0 ? offer.Node : offer.Target);

    /// <summary>What could still be done, in the order of the candidates: the next step of each.</summary>
    public IEnumerable<(string Id, Offer Offer, Intensity Intensity)> Left() =>
        from pair in digest.Offers
        from intensity in Enum.GetValues<Intensity>().Where(one => one <= Escalation.Hardest(pair.Value))
        where Memory.Objection(pair.Value.Id, intensity).Length == 0 && _policy.Objection(pair.Value.TestRisk, Wish(pair.Key, pair.Value, intensity).Proposal).Length == 0
        select (pair.Key, pair.Value, intensity);

    /// <summary>What would be hit, and what speaks against it. Touches nothing.</summary>
    public async Task<ToolResult> ProposeAsync(WishedTest test, Intensity intensity, CancellationToken abort)
    {
        if (Objection(test, intensity) is { Outcome: not ToolOutcome.Ok } objection)
        {
            return objection;
        }

        var plan = await executor.PlanAsync(new TrialOrder(test.Proposal.Id, test.Proposal.Document), abort);
        var person = _policy.NeedsPerson(test.TestRisk, IsTainted);
        return _policy.Objection(plan) is { Length: > 0 } problem
            ? ToolResult.Denied(problem)
            : ToolResult.Ok($"{test.Told(plan)}\n{(person.Length > 0 ? $"A person will be asked, because {person}." : "The policy allows it without a person.")} Nothing was touched; start does it.");
    }

    /// <summary>Does a test, if nothing speaks against it.</summary>
    public async Task<ToolResult> TryAsync(WishedTest test, Intensity intensity, CancellationToken stop)
    {
        if (Objection(test, intensity) is { Outcome: not ToolOutcome.Ok } objection)
        {
            return objection;
        }

        if (Budget(test.Proposal.Duration) is { } over)
        {
            return over;
        }

        await RestAsync(stop);
        var plan = await executor.PlanAsync(new TrialOrder(test.Proposal.Id, test.Proposal.Document), stop);
        var problem = _policy.Objection(plan);
        Decided(test.Id, problem);
        if (problem.Length > 0)
        {
            return Denied(problem, isPolicy: true);
        }

        if (Budget(TimeSpan.FromSeconds(plan.FaultSeconds)) is { } more)
        {
            return more;
        }

        var question = new ApprovalQuestion(
            plan.Title,
            [.. plan.Targets.Select(target => $"{target.Fault} on {target.Target} for {Durations.Text(TimeSpan.FromSeconds(target.Seconds))}"), $"risk of the test: {test.TestRisk} of 5; intensity: {TrialMemory.Name(intensity)}"],
            _policy.NeedsPerson(test.TestRisk, IsTainted));
        if (await ApproveAsync(question, stop) is { } no)
        {
            return no;
        }

        return Learn(test, intensity, plan, await RunAsync(plan, stop));
    }

    /// <summary>A run that came to no result has still been begun, for all that is known; only a plan that is refused has not (CRT3xxx).</summary>
    private async Task<TrialResult> RunAsync(TrialPlan plan, CancellationToken stop)
    {
        try
        {
            return await executor.RunAsync(plan, stop);
        }
        catch (Diagnostics.CraterException error) when (!error.Code.StartsWith("CRT3", StringComparison.Ordinal))
        {
            Finish(EndState.RecoveryFailed, $"{plan.Run} came to no result, so nothing says that everything is as it was; 'craterctl status {plan.Run}' and 'craterctl recover --all' do ({error.Code})");
            throw;
        }
    }

    /// <summary>Puts load on a route, if nothing speaks against it.</summary>
    public async Task<ToolResult> StressAsync(Uri route, int users, int seconds, CancellationToken stop)
    {
        if (End is not null)
        {
            return Over();
        }

        var url = route.AbsoluteUri;
        var (most, why) = LoadSteps.Most(options, [.. _stresses.Where(stress => stress.Route == url)]);
        if (users > most)
        {
            return ToolResult.Denied(why);
        }

        var length = TimeSpan.FromSeconds(seconds);
        if (Budget(length) is { } over)
        {
            return over;
        }

        await RestAsync(stop);
        Decided(url, "");
        // Load within the steps is as harmless as its users; who is to approve it is the same question.
        var question = new ApprovalQuestion($"{users} requests a second to {url} for {Durations.Text(length)}", [], _policy.NeedsPerson(1, IsTainted));
        if (await ApproveAsync(question, stop) is { } no)
        {
            return no;
        }

        var result = await executor.StressAsync(new StressOrder(url, users, seconds), stop);
        spending.ChargeFault(length);
        (_hasActed, Denials) = (true, 0);
        _stresses.Add(result);
        if (result.Interrupted)
        {
            Finish(EndState.AbortedByUser, "a person or a signal ended the load");
        }
        else if (options.Objective.Users > 0 && (users >= options.Objective.Users || result.Survived == false))
        {
            Finish(EndState.GoalReached, LoadSteps.Answer(options.Objective.Users, _stresses));
        }

        AfterRound();
        return ToolResult.Ok(LoadSteps.Text(result));
    }

    private ToolResult Learn(WishedTest test, Intensity intensity, TrialPlan plan, TrialResult result)
    {
        spending.ChargeFault(TimeSpan.FromSeconds(plan.FaultSeconds));
        (_hasActed, Denials) = (true, 0);
        Memory.Add(new Trial(test.Proposal.Id, test.Target, test.Proposal.Fault.Name, intensity, result.Run, result.Verdict, result.IsClean, result.Finding));
        if (!result.IsClean)
        {
            Finish(EndState.RecoveryFailed, $"after {result.Run} it could not be proven that everything is as it was");
        }
        else if (result.Interrupted)
        {
            Finish(EndState.AbortedByUser, $"a person or a signal ended {result.Run}; everything is as it was");
        }

        AfterRound();
        var why = result.Guard.Length > 0 ? $" The guard '{result.Guard}' ended it." : result.Missed.Count > 0 ? $" Missed while the fault was in place: {string.Join(", ", result.Missed)}." : "";
        return ToolResult.Ok($"{result.Run} was {result.Verdict}.{why} {(result.IsClean ? "Everything is as it was, and proven so." : "It could not be proven that everything is as it was; the session ends.")}{Progress()}");
    }

    private void AfterRound()
    {
        if (options.Objective.Rounds > 0 && Rounds >= options.Objective.Rounds)
        {
            Finish(EndState.GoalReached, $"{options.Objective.Rounds} round{(options.Objective.Rounds == 1 ? " is" : "s are")} done");
        }
        else if (options.Objective.Users == 0 && !Left().Any())
        {
            Finish(EndState.NoCandidates, "everything that may be tried has been tried");
        }
    }

    private ToolResult Objection(WishedTest test, Intensity intensity)
    {
        if (End is not null)
        {
            return Over();
        }

        if (Memory.Objection(test.Proposal.Id, intensity) is { Length: > 0 } memory)
        {
            return ToolResult.Denied(memory);
        }

        var problem = _policy.Objection(test.TestRisk, test.Proposal);
        if (problem.Length > 0)
        {
            Decided(test.Id, problem);
            return Denied(problem, isPolicy: true);
        }

        return ToolResult.Ok("");
    }

    /// <summary>Says no to what is not allowed, and ends a session that asks for nothing else.</summary>
    public ToolResult Denied(string why, bool isPolicy)
    {
        if (isPolicy && ++Denials >= DenialsMax)
        {
            Finish(EndState.PolicyBlocked, $"{DenialsMax} times in a row what was asked for was not allowed; the last time: {why}");
        }

        return ToolResult.Denied(why);
    }

    private static ToolResult Over() => ToolResult.Denied("the session is over");

    private ToolResult? Budget(TimeSpan fault)
    {
        try
        {
            spending.AllowFault(fault);
            if (Rounds >= spending.Budget.Experiments)
            {
                throw new Diagnostics.CraterException("CRT7313", $"The budget is used up: it allows {spending.Budget.Experiments} experiments. Raise it with --budget experiments=… if it is worth it.");
            }

            return spending.TimeLeft > TimeSpan.Zero ? null : throw new Diagnostics.CraterException("CRT7313", $"The budget is used up: it allows {Durations.Text(spending.Budget.Time)}. Raise it with --budget time=… if it is worth it.");
        }
        catch (Diagnostics.CraterException error)
        {
            Finish(EndState.BudgetExhausted, error.Message);
            return ToolResult.Denied(error.Message);
        }
    }

    private Task RestAsync(CancellationToken stop) => _hasActed ? executor.RestAsync(options.CoolDown, stop) : Task.CompletedTask;

    private async Task<ToolResult?> ApproveAsync(ApprovalQuestion question, CancellationToken stop)
    {
        var (answer, why) = await _gate.AskAsync(question, stop);
        if (answer == ApprovalAnswer.Quit)
        {
            Finish(EndState.AbortedByUser, why);
        }

        return answer == ApprovalAnswer.Yes ? null : Denied(why, isPolicy: true);
    }

    private void Decided(string what, string objection) =>
        transcript.Add("policy", new JsonObject { ["test"] = what, ["decision"] = objection.Length == 0 ? "allowed" : "denied", ["reason"] = objection });

    private string Progress() => options.Objective.Rounds > 0 ? $" Round {Rounds} of {options.Objective.Rounds}." : "";
}
