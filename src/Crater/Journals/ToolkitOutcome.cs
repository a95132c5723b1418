namespace Crater.Journals;

/// <summary>How a run ended in the words of Chaos Toolkit's journal: its exit code is 0 only for completed and not deviated.</summary>
/// <param name="Status">completed, failed, aborted or interrupted.</param>
/// <param name="Deviated">The hypothesis was not met after the method.</param>
public sealed record ToolkitOutcome(string Status, bool Deviated)
{
    public int ExitCode => Status == "completed" && !Deviated ? 0 : 1;
}
