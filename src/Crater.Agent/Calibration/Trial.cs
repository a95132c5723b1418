namespace Crater.Agent.Calibration;

/// <summary>One measurement of one fault.</summary>
/// <param name="Fault">Canonical name.</param>
/// <param name="Mode">What was varied, for the table; empty for nothing.</param>
internal sealed record Trial(string Fault, string Mode, Func<Bench, Reading> Measure);

/// <summary>What was asked of a fault and what its target got.</summary>
/// <param name="Asked">Not a number where the fault gives as much as there is.</param>
/// <param name="Unit">Of both.</param>
internal sealed record Reading(double Asked, double Got, string Unit)
{
    /// <summary>In percent of what was asked; where that is a percentage or zero itself, the difference.</summary>
    public double Error => IsDifference ? Got - Asked : 100 * (Got - Asked) / Asked;

    /// <summary>Whether the error is counted in the unit itself.</summary>
    public bool IsDifference => Unit == "%" || Asked == 0;
}
