namespace Crater.Faults;

/// <summary>What kind of value a parameter takes, and so how it is read and written.</summary>
public enum ParameterType { Text, Integer, Number, Ratio, Duration, Bytes, BitRate, Choice, Labels, Flag }

/// <summary>One parameter of a fault.</summary>
public sealed record FaultParameter
{
    public required string Name { get; init; }

    public required ParameterType Type { get; init; }

    /// <summary>One sentence: what it sets.</summary>
    public required string Summary { get; init; }

    /// <summary>Unit of the plain number, e.g. <c>bytes</c>, <c>bit/s</c>, <c>cores</c>; empty for text and for types that carry their own.</summary>
    public string Unit { get; init; } = "";

    /// <summary>Smallest value allowed, as text of the same type; with a leading <c>&gt;</c> itself not allowed; empty for no limit.</summary>
    public string Min { get; init; } = "";

    /// <summary>Largest value allowed, as text of the same type; empty for no limit.</summary>
    public string Max { get; init; } = "";

    /// <summary>Used when the parameter is left out; empty means none.</summary>
    public string Default { get; init; } = "";

    public bool Required { get; init; }

    /// <summary>The values of a <see cref="ParameterType.Choice"/>.</summary>
    public IReadOnlyList<string> Choices { get; init; } = [];

    /// <summary>Other names by which documents of peers give it, e.g. <c>latency</c> for <c>delay</c>.</summary>
    public IReadOnlyList<string> Aliases { get; init; } = [];
}
