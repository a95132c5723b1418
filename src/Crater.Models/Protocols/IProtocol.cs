using System.Text.Json;
using System.Text.Json.Nodes;

namespace Crater.Models.Protocols;

/// <summary>How a request is written and an answer is read. Pure: no network, no clock.</summary>
internal interface IProtocol
{
    /// <summary>What is added to the endpoint's path.</summary>
    string Path { get; }

    /// <summary>The rungs that the protocol can express, the strongest first.</summary>
    IReadOnlyList<Rung> Rungs { get; }

    IEnumerable<(string Name, string Value)> Headers(Provider provider);

    JsonObject Write(ModelRequest request, Provider provider);

    /// <exception cref="FormatException">This is no answer of this protocol.</exception>
    ReadAnswer Read(JsonElement body);

    /// <summary>Puts together an answer that comes in events.</summary>
    IStreamReading Streaming();

    public static IProtocol Of(Protocol protocol) => protocol == Protocol.Anthropic ? new AnthropicProtocol() : new OpenAiProtocol();
}

/// <summary>One answer that comes in pieces.</summary>
internal interface IStreamReading
{
    /// <returns>False when this was the last event.</returns>
    /// <exception cref="FormatException">This is no event of this protocol.</exception>
    bool Take(string data);

    ReadAnswer Answer();
}

/// <summary>What was read, before latency and tries are known.</summary>
/// <param name="Usage">Null where the endpoint does not say.</param>
internal sealed record ReadAnswer(string Text, IReadOnlyList<ToolCall> ToolCalls, Finish Finish, string Refusal, Usage? Usage, string Model);
