using System.Text.Json.Nodes;

namespace Crater.Experiments;

/// <summary>
/// What a hypothesis probe's value must be. A closed family; see docs/experiment-format.md. Texts still have their variables in them:
/// <see cref="ToleranceFilling"/> puts them in when the probe is judged.
/// </summary>
public abstract record Tolerance
{
    private protected Tolerance() { }
}

/// <summary>Exactly this value; an integer compares with an HTTP status or a process exit code. A text that is one <c>${name}</c> may become any other tolerance.</summary>
public sealed record ScalarTolerance(JsonNode? Value) : Tolerance;

/// <summary>The status is one of these. Of a value without a status: two are bounds, both included, otherwise it is one of them.</summary>
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

/// <param name="Expect">Counts only with <see cref="HasExpect"/>; it may be null itself.</param>
public sealed record JsonPathTolerance(string Path, JsonNode? Expect, int? Count) : Tolerance
{
    public string Target { get; init; } = "";

    /// <summary>The matches must be exactly what is expected; their number then does not matter.</summary>
    public bool HasExpect { get; init; } = Expect is not null;
}

/// <summary>Another probe decides: it gets the value and answers true or false.</summary>
public sealed record ProbeTolerance(Activity Probe) : Tolerance;
