namespace Crater.Advice;

/// <summary>Who chose the proposals, and how that went. Output says it, so that nobody takes one for the other.</summary>
public sealed record AdviceOrigin
{
    /// <summary>By the rules, and nobody else was asked.</summary>
    public static AdviceOrigin Rules { get; } = new();

    /// <summary><c>rules</c>, or <c>model</c> with provider and model, such as <c>model openai gpt-4o-mini</c>.</summary>
    public string Source { get; init; } = "rules";

    /// <summary>How the answer was got: strict-schema, tool-call, json-object or prompt; empty for rules.</summary>
    public string Rung { get; init; } = "";

    /// <summary>How many answers were sent back as wrong.</summary>
    public int Repairs { get; init; }

    /// <value>Unit: tokens.</value>
    public long InputTokens { get; init; }

    /// <value>Unit: tokens.</value>
    public long OutputTokens { get; init; }

    /// <summary>Calls that were made, wrong answers and repeated ones included.</summary>
    public int Calls { get; init; }

    /// <summary>Null when the price is unknown.</summary>
    /// <value>Unit: US dollars.</value>
    public decimal? Money { get; init; }

    /// <summary>Why the rules advise although a model was asked, with its code; empty when they do not.</summary>
    public string Fallback { get; init; } = "";
}
