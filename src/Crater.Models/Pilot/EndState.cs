namespace Crater.Models.Pilot;

/// <summary>Why a session ended. There is no other way out.</summary>
public enum EndState
{
    /// <summary>The rounds are done, or the load was tried, or the model says that its sentence is answered.</summary>
    GoalReached,

    /// <summary>Tokens, calls, money, time, experiments or fault time are used up.</summary>
    BudgetExhausted,

    /// <summary>Nothing is left that has not been tried.</summary>
    NoCandidates,

    /// <summary>What was asked for is not allowed, or nobody approved it.</summary>
    PolicyBlocked,

    /// <summary>A fault could not be proven gone; nothing further is touched.</summary>
    RecoveryFailed,

    /// <summary>A person or a signal ended it.</summary>
    AbortedByUser,

    /// <summary>The model does not answer, or its answers lead nowhere.</summary>
    ModelError,
}

/// <summary>How a session went.</summary>
/// <param name="Reason">In one sentence.</param>
/// <param name="Trials">Every experiment, in order.</param>
/// <param name="Stresses">Every load on a route, in order.</param>
public sealed record PilotOutcome(EndState State, string Reason, IReadOnlyList<Trial> Trials, IReadOnlyList<StressResult> Stresses)
{
    /// <summary>Weaknesses that were proven: experiments whose hypothesis was refuted, and loads that were not survived.</summary>
    public int Proven => Trials.Count(trial => trial.Verdict == "refuted") + Stresses.Count(stress => stress.Survived == false);

    /// <summary>As output and transcript write it: <c>goal_reached</c>.</summary>
    public static string Text(EndState state) => Tools.ToolName.Of(state.ToString());
}
