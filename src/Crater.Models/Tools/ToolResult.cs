namespace Crater.Models.Tools;

/// <summary>How a call ended. Every call ends in exactly one of these ways.</summary>
public enum ToolOutcome { Ok, Error, Denied, Timeout }

/// <summary>What a call brought.</summary>
/// <param name="Text">For a model: short, without secrets and control characters once a <see cref="ToolBox"/> has handed it out.</param>
public sealed record ToolResult(ToolOutcome Outcome, string Text)
{
    /// <summary>It has words that anyone may have written.</summary>
    public bool IsFreeText { get; init; }

    public static ToolResult Ok(string text) => new(ToolOutcome.Ok, text);

    /// <summary>It could not be done.</summary>
    public static ToolResult Error(string why) => new(ToolOutcome.Error, why);

    /// <summary>It could be done, and is not allowed.</summary>
    public static ToolResult Denied(string why) => new(ToolOutcome.Denied, why);

    public override string ToString() => Outcome == ToolOutcome.Ok ? Text : $"{Outcome.ToString().ToLowerInvariant()}: {Text}";
}
