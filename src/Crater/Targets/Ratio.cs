namespace Crater.Targets;

/// <summary>A share between 0 and 1; never a percentage.</summary>
public readonly record struct Ratio
{
    public Ratio(double value) => Value = value is >= 0 and <= 1
        ? value
        : throw new ArgumentOutOfRangeException(nameof(value), value, "A ratio is between 0 and 1.");

    /// <value>Unit: none. Range: 0 to 1.</value>
    public double Value { get; }

    public override string ToString() => Value.ToString("0.####");
}
