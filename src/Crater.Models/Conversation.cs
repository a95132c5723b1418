using System.Text.Json.Nodes;

namespace Crater.Models;

/// <summary>Who says a message.</summary>
public enum Role { System, User, Assistant, Tool }

/// <summary>One message of a conversation.</summary>
public sealed record Message(Role Role, string Text)
{
    /// <summary>What an assistant's message asks to be called.</summary>
    public IReadOnlyList<ToolCall> ToolCalls { get; init; } = [];

    /// <summary>Of a tool's message: the call that it answers.</summary>
    public string ToolCallId { get; init; } = "";

    /// <summary>Of a tool's message: the call failed or was denied.</summary>
    public bool IsError { get; init; }
}

/// <summary>A call that a model asks for.</summary>
/// <param name="Arguments">As the model wrote them: they need not be JSON, and <see cref="Structure.ToolCalls"/> finds out.</param>
public sealed record ToolCall(string Id, string Name, string Arguments);

/// <summary>A tool that a model may ask for.</summary>
/// <param name="Parameters">JSON Schema of its arguments, in the subset of <see cref="Structure.SchemaCheck"/>.</param>
public sealed record ToolOffer(string Name, string Description, JsonObject Parameters);

/// <summary>How strongly an endpoint is asked to keep to a schema, the strongest first. The answer is checked here in any case.</summary>
public enum Rung
{
    /// <summary>The endpoint itself enforces the schema.</summary>
    StrictSchema,

    /// <summary>The answer is the arguments of the one tool that must be called.</summary>
    ToolCall,

    /// <summary>The endpoint promises JSON, and the words ask for the schema.</summary>
    JsonObject,

    /// <summary>Only the words ask for JSON; it is looked for in the text.</summary>
    Prompt,
}

/// <summary>What a model is asked.</summary>
public sealed record ModelRequest
{
    public required IReadOnlyList<Message> Messages { get; init; }

    public IReadOnlyList<ToolOffer> Tools { get; init; } = [];

    /// <summary>The answer's form; null for free text.</summary>
    public AnswerForm? Form { get; init; }

    /// <value>Unit: tokens. Default: 2,000.</value>
    public int OutputTokensMax { get; init; } = 2_000;

    /// <summary>The answer is read as it comes; it is handed out whole all the same.</summary>
    public bool Stream { get; init; }
}

/// <param name="Name">Letters, digits and underscores.</param>
/// <param name="Schema">In the subset of <see cref="Structure.SchemaCheck"/>.</param>
/// <param name="Rung">How it is asked for.</param>
public sealed record AnswerForm(string Name, JsonObject Schema, Rung Rung);

/// <summary>Why an answer ends.</summary>
public enum Finish { Complete, ToolCalls, Truncated, Refused, Unknown }

/// <summary>What a model answered.</summary>
public sealed record ModelAnswer
{
    public required string Text { get; init; }

    public IReadOnlyList<ToolCall> ToolCalls { get; init; } = [];

    public required Finish Finish { get; init; }

    /// <summary>The model's words when it declines; empty otherwise.</summary>
    public string Refusal { get; init; } = "";

    public required Usage Usage { get; init; }

    /// <summary>The model that answered, as the endpoint names it; empty when it does not.</summary>
    public string Model { get; init; } = "";

    public TimeSpan Latency { get; init; }

    /// <summary>How often it was asked until it answered.</summary>
    public int Tries { get; init; } = 1;
}

/// <param name="Input">Tokens read.</param>
/// <param name="Output">Tokens written.</param>
/// <param name="IsEstimate">The endpoint did not say, so an upper estimate was counted.</param>
public sealed record Usage(long Input, long Output, bool IsEstimate = false)
{
    public static Usage None { get; } = new(0, 0);

    public static Usage operator +(Usage left, Usage right) => new(left.Input + right.Input, left.Output + right.Output, left.IsEstimate || right.IsEstimate);
}

/// <summary>Someone who answers.</summary>
public interface IModel
{
    Provider Provider { get; }

    /// <exception cref="Crater.Diagnostics.CraterException">CRT7305 to CRT7313: why there is no answer.</exception>
    Task<ModelAnswer> AskAsync(ModelRequest request, CancellationToken abort);
}
