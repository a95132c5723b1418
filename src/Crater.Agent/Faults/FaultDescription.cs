namespace Crater.Agent.Faults;

/// <summary>One entry of the agent's catalogue: what a person reads, and what the argument reader checks.</summary>
internal sealed record FaultDescription
{
    /// <summary>Canonical name, <c>&lt;what&gt;-&lt;how&gt;</c>.</summary>
    public required string Name { get; init; }

    public required string Family { get; init; }

    /// <summary>One sentence: what it does to its target.</summary>
    public required string Summary { get; init; }

    /// <summary>What is really done.</summary>
    public required string Mechanism { get; init; }

    /// <summary>How it ends, as a sentence.</summary>
    public required string Ending { get; init; }

    /// <summary>What it cannot do, as sentences.</summary>
    public required string Cannot { get; init; }

    public IReadOnlyList<FaultParameter> Parameters { get; init; } = [];

    /// <summary>Parameters of which exactly one must be given; empty for no such rule.</summary>
    public IReadOnlyList<string> OneOf { get; init; } = [];

    /// <summary>In a place none of those need be given: then all of the place is hit.</summary>
    public bool TakesWhole { get; init; }

    /// <summary>ChaosMeta's two words, joined by a dash, and other names that mean the same.</summary>
    public IReadOnlyList<string> Aliases { get; init; } = [];
}

/// <summary>What kind of value a parameter takes.</summary>
internal enum ParameterType { Text, Integer, Share, Rate, Bytes, Duration, Choice, Flag, Path, Mode, Cores, Program }

/// <summary>One parameter of a fault: <c>--name</c>, and a short form of one letter.</summary>
internal sealed record FaultParameter(string Name, ParameterType Type, string Summary)
{
    /// <summary>ChaosMeta's letter; <c>'\0'</c> for none.</summary>
    public char Short { get; init; }

    /// <summary>Unit of the plain number; empty for types that carry their own.</summary>
    public string Unit { get; init; } = "";

    /// <summary>Smallest value, in the unit; for integers, bytes, rates (bits per second) and shares (millionths).</summary>
    public long Min { get; init; }

    /// <summary>Largest value, as the smallest.</summary>
    public long Max { get; init; } = long.MaxValue;

    /// <summary>Used when it is left out; empty means none.</summary>
    public string Default { get; init; } = "";

    public bool IsRequired { get; init; }

    public IReadOnlyList<string> Choices { get; init; } = [];

    public IReadOnlyList<string> Aliases { get; init; } = [];

    /// <summary>Its value may be a secret: journals and messages say how long it is, and not what.</summary>
    public bool IsPrivate { get; init; }

    /// <summary>How a value is written.</summary>
    public string Form => Type switch
    {
        ParameterType.Integer => $"a whole number{(Unit.Length > 0 ? $" ({Unit})" : "")}",
        ParameterType.Share => "a percentage such as 0.5 or 30",
        ParameterType.Rate => "bits per second with their unit, such as 800kbit or 10mbit",
        ParameterType.Bytes => "an amount with its unit, such as 64MiB or 1GB",
        ParameterType.Duration => "a duration such as 500ms, 2s or 10m",
        ParameterType.Choice => $"one of {string.Join(", ", Choices)}",
        ParameterType.Flag => "true or false",
        ParameterType.Path => "an absolute path",
        ParameterType.Mode => "three or four octal digits such as 644",
        ParameterType.Cores => "core numbers such as 0-2,6",
        ParameterType.Program => "a program's absolute path and its arguments, in quotes where they have spaces; no shell looks at it",
        _ => "a text",
    };
}
