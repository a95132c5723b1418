using System.Text.Json.Nodes;

namespace Crater.Experiments;

/// <summary>What a hypothesis probe's value must be. A closed family; see docs/experiment-format.md.</summary>
public abstract record Tolerance
{
    private protected Tolerance() { }
}

/// <summary>Exactly this value (a number compares with an HTTP status or a process exit code).</summary>
public sealed record ScalarTolerance(JsonNode? Value) : Tolerance;

/// <summary>One of these values.</summary>
public sealed record ListTolerance(IReadOnlyList<JsonNode?> Values) : Tolerance;

/// <summary>Between the two, both included.</summary>
public sealed record RangeTolerance(double Lower, double Upper) : Tolerance
{
    /// <summary>Which field of the output is compared; empty for the value itself.</summary>
    public string Target { get; init; } = "";
}

public sealed record RegexTolerance(string Pattern) : Tolerance
{
    public string Target { get; init; } = "";
}

public sealed record JsonPathTolerance(string Path, JsonNode? Expect, int? Count) : Tolerance
{
    public string Target { get; init; } = "";
}

/// <summary>Another probe decides: it gets the value and answers true or false.</summary>
public sealed record ProbeTolerance(Activity Probe) : Tolerance;
