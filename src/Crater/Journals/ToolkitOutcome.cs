namespace Crater.Journals;

/// <summary>How a run ended in the words of Chaos Toolkit's journal: its exit code is 0 only for completed and not deviated.</summary>
/// <param name="Status">completed, failed, aborted or interrupted.</param>
/// <param name="Deviated">The hypothesis was not met after the method.</param>
public sealed record ToolkitOutcome(string Status, bool Deviated)
{
    public const string Completed = "completed";
    public const string Failed = "failed";
    public const string Aborted = "aborted";
    public const string Interrupted = "interrupted";

    /// <summary>Nothing has decided about the status yet.</summary>
    internal static readonly ToolkitOutcome Open = new("", Deviated: false);

    public int ExitCode => Status == Completed && !Deviated ? 0 : 1;

    /// <summary>Nothing more of the method is begun.</summary>
    internal bool EndsMethod => Status is Failed or Aborted or Interrupted;

    /// <summary>The status after one more event. A miss before the method, and beside it without fail-fast, changes nothing that counts.</summary>
    internal ToolkitOutcome After(JournalEvent entry, bool failsFast) => entry switch
    {
        AbortRequested or GuardTripped => this with { Status = Interrupted },
        RunInterrupted or RunTakenOver when Status != Interrupted => this with { Status = Aborted },
        HypothesisChecked { When: ProbeMoment.Before, Met: var met } when Status.Length == 0 && met != true => this with { Status = met is null ? Failed : Completed },
        HypothesisChecked { When: ProbeMoment.During, Met: not true } when failsFast && Status.Length == 0 => this with { Status = Failed },
        // What was measured after a run that was stopped says nothing about its method.
        HypothesisChecked { When: ProbeMoment.After, Met: var met } when Status is not (Interrupted or Aborted) => AfterMethod(met),
        // Whoever took the run over starts with a clean sheet; what the first process did stands in its events.
        RunResumed { Choice: RunResumed.Continue } => Open,
        RunResumed => this with { Status = Interrupted },
        _ => this,
    };

    /// <summary>What stands in the journal in the end. A run that nobody brought to its end was aborted.</summary>
    internal ToolkitOutcome Ended(bool hasEnded) => Status.Length > 0 && hasEnded ? this : this with { Status = hasEnded ? Completed : Status == Interrupted ? Interrupted : Aborted };

    // The last check counts: a steady state may take several to come back.
    private ToolkitOutcome AfterMethod(bool? met) => met switch
    {
        true => Deviated ? Open : this,
        false => new ToolkitOutcome(Completed, Deviated: true),
        null => new ToolkitOutcome(Failed, Deviated: true),
    };
}
