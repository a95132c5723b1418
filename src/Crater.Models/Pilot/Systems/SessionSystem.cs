using Crater.Models.Safety;
using Crater.Models.Tools;

namespace Crater.Models.Pilot.Systems;

/// <summary>The session itself.</summary>
internal sealed class SessionSystem(PilotSession session)
{
    private const int ReasonMax = 300;

    [Tool("Ends the session: when its objective is reached, or when nothing is left that is worth trying.", Power = Power.Recover)]
    public Task<ToolResult> Finish(
        [Means("Why it ends.")][OneOf("goal_reached", "nothing_left")] string outcome, [Means("In one sentence.")][Rest] string reason)
    {
        var objective = session.Options.Objective;
        var isReached = outcome == "goal_reached";
        // What is counted, code counts; only of a sentence the model is the judge, and the outcome says so.
        if (isReached && !objective.IsSentence)
        {
            return Task.FromResult(ToolResult.Denied(objective.Rounds > 0
                ? $"{session.Rounds} of {objective.Rounds} rounds are done; go on, or finish with nothing_left"
                : $"{objective.Users} users have not been tried; go on, or finish with nothing_left"));
        }

        session.Finish(isReached ? EndState.GoalReached : EndState.NoCandidates, $"as the model says: {PlainText.Prose(session.Digest.WithNames(reason), ReasonMax)}");
        return Task.FromResult(ToolResult.Ok("the session ends"));
    }
}
