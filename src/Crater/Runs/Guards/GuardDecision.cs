namespace Crater.Runs.Guards;

/// <summary>What a guard says after one look. A closed family.</summary>
public abstract record GuardDecision
{
    private protected GuardDecision() { }
}

/// <summary>Nothing is wrong as far as can be seen.</summary>
public sealed record GuardContent : GuardDecision;

/// <summary>Nothing has been seen yet. Nothing may be injected before every guard has seen something.</summary>
public sealed record GuardWaiting : GuardDecision;

/// <summary>The run must end now.</summary>
/// <param name="Value">Null when the guard is blind.</param>
public sealed record GuardTrip(string Reason, double? Value, bool IsBlind) : GuardDecision;
