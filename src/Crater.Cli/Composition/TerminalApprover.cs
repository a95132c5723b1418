using Crater.Cli.Terminal;
using Crater.Models.Pilot;

namespace Crater.Cli.Composition;

/// <summary>Asks the person at the terminal. An end of input, or anything that is not a yes, is a no.</summary>
internal sealed class TerminalApprover(Surroundings surroundings, Output output) : IApprover
{
    public async Task<ApprovalAnswer> AskAsync(ApprovalQuestion question, CancellationToken abort)
    {
        output.Note("");
        output.Note($"APPROVE? {question.Title}");
        foreach (var detail in question.Details)
        {
            output.Note($"   {detail}");
        }

        output.Note($"   You are asked because {question.Why}.");
        output.Note("   y: yes, anything else: no, q: end the session");
        // Whoever waits for a line cannot be interrupted, but who waits for him can.
        var answer = await Task.Run(() => surroundings.In().ReadLine(), CancellationToken.None).WaitAsync(abort);
        if (answer is null)
        {
            output.Note("   Nobody is there to ask, so it is a no.");
        }

        return answer?.Trim().ToLowerInvariant() switch
        {
            "y" or "yes" => ApprovalAnswer.Yes,
            "q" or "quit" => ApprovalAnswer.Quit,
            _ => ApprovalAnswer.No,
        };
    }
}
