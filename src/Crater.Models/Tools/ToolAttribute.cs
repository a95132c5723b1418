namespace Crater.Models.Tools;

/// <summary>
/// Makes a public method of a system a tool. The method returns a <see cref="Task{TResult}"/> of <see cref="ToolResult"/>; its parameters are texts, whole numbers, numbers, flags or enumerations,
/// each with <see cref="MeansAttribute"/>, and perhaps a <see cref="CancellationToken"/> at the end. One with a default value may be left out.
/// </summary>
/// <param name="description">What it does, for a model, in one or two sentences.</param>
[AttributeUsage(AttributeTargets.Method)]
public sealed class ToolAttribute(string description) : Attribute
{
    public string Description => description;

    /// <value>Default: read.</value>
    public Power Power { get; init; }

    /// <summary>The word that stands for it in plain text.</summary>
    /// <value>Default: the tool's name in capitals.</value>
    public string Action { get; init; } = "";

    /// <summary>Its result has words that anyone outside may have written, such as logs, events or HTTP bodies. Who has read them is tainted.</summary>
    public bool ReadsFreeText { get; init; }

    /// <summary>How long a call may take. What puts something in place is ended by its own limits instead, since nobody would know what a cut call has done.</summary>
    /// <value>Unit: seconds. Default: 30; 0 for no limit.</value>
    public int TimeoutSeconds { get; init; } = 30;
}

/// <summary>What a parameter means, for a model, in a few words.</summary>
[AttributeUsage(AttributeTargets.Parameter)]
public sealed class MeansAttribute(string description) : Attribute
{
    public string Description => description;
}

/// <summary>The range of a number, both ends included.</summary>
[AttributeUsage(AttributeTargets.Parameter)]
public sealed class WithinAttribute(double min, double max) : Attribute
{
    public double Min => min;

    public double Max => max;
}

/// <summary>The texts that a parameter may be.</summary>
[AttributeUsage(AttributeTargets.Parameter)]
public sealed class OneOfAttribute(params string[] values) : Attribute
{
    public IReadOnlyList<string> Values => values;
}

/// <summary>In plain text, the last parameter takes all words that are left: a sentence.</summary>
[AttributeUsage(AttributeTargets.Parameter)]
public sealed class RestAttribute : Attribute;
