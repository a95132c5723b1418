using System.Text.Json.Nodes;
using Crater.Models.Pilot.Transcripts;

namespace Crater.Models.Pilot;

/// <summary>Gets a yes or a no for what is about to be put in place, from the policy or from a person, and writes down whose it was.</summary>
internal sealed class ApprovalGate(Approval approval, IApprover approver, Transcript transcript)
{
    /// <param name="question">Its <see cref="ApprovalQuestion.Why"/> is empty when the policy may say yes alone.</param>
    /// <returns>The answer, and for a no why it is one.</returns>
    public async Task<(ApprovalAnswer Answer, string Why)> AskAsync(ApprovalQuestion question, CancellationToken stop)
    {
        if (question.Why.Length == 0)
        {
            Note("policy", ApprovalAnswer.Yes, question);
            return (ApprovalAnswer.Yes, "");
        }

        if (approval == Approval.Never)
        {
            Note("nobody", ApprovalAnswer.No, question);
            return (ApprovalAnswer.No, "nothing is started in this session; it only plans");
        }

        var answer = await approver.AskAsync(question, stop);
        Note("person", answer, question);
        return (answer, answer == ApprovalAnswer.Quit ? "the person who was asked ended the session" : "the person who was asked said no");
    }

    private void Note(string by, ApprovalAnswer answer, ApprovalQuestion question) => transcript.Add("approval", new JsonObject
    {
        ["by"] = by,
        ["answer"] = answer.ToString().ToLowerInvariant(),
        ["question"] = question.Title,
        ["why"] = question.Why,
    });
}
