namespace Crater.Models;

/// <summary>How an endpoint is spoken to.</summary>
public enum Protocol
{
    /// <summary><c>POST chat/completions</c>.</summary>
    OpenAi,

    /// <summary><c>POST messages</c>.</summary>
    Anthropic,
}

/// <summary>Where a model is, and how it is reached. Says everything about itself but its key.</summary>
public sealed record Provider
{
    /// <summary>For example <c>openai</c>, <c>gemini</c>, <c>anthropic</c>, <c>ollama</c>, <c>azure</c>, <c>local</c> or <c>endpoint</c>.</summary>
    public required string Name { get; init; }

    public required Protocol Protocol { get; init; }

    /// <summary>The base URL, ending with a slash, to which the protocol's paths are added.</summary>
    public required Uri Endpoint { get; init; }

    public required string Model { get; init; }

    /// <summary>Why this one: what was asked, configured or found.</summary>
    public required string Reason { get; init; }

    /// <summary>Empty where the endpoint wants none.</summary>
    public ApiKey Key { get; init; } = ApiKey.None;

    /// <summary>The header that carries the key.</summary>
    /// <value>Default: <c>Authorization</c>, with <c>Bearer</c>; any other header has the bare key.</value>
    public string KeyHeader { get; init; } = "Authorization";

    /// <summary>What the greatest length of an answer is called.</summary>
    /// <value>max_tokens or max_completion_tokens. Default: max_tokens.</value>
    public string OutputLimitField { get; init; } = "max_tokens";

    /// <summary>The rungs to try, from the strongest; empty for all that the protocol has.</summary>
    public IReadOnlyList<Rung> Rungs { get; init; } = [];

    /// <summary>How long one call may take.</summary>
    /// <value>Default: 60 s.</value>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>Whether what is sent stays on this machine.</summary>
    public bool IsLocal => Endpoint.IsLoopback;

    public override string ToString() => $"{Name}, model {Model}, {Endpoint.GetLeftPart(UriPartial.Path)}";
}

/// <summary>A secret that does not show itself.</summary>
public sealed class ApiKey(string value)
{
    public static ApiKey None { get; } = new("");

    public bool IsEmpty => value.Length == 0;

    /// <summary>The key itself, for the header and for nothing else.</summary>
    public string Reveal() => value;

    public override string ToString() => IsEmpty ? "no key" : "a key";
}
