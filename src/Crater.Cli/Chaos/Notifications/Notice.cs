using System.Text.Json.Nodes;

namespace Crater.Cli.Chaos.Notifications;

/// <summary>One thing that channels may want to hear of.</summary>
/// <param name="Name">As channels name it in their <c>events</c>: run-started, run-completed, run-failed, run-deviated …</param>
/// <param name="Phase">discovery, init, run or validate.</param>
/// <param name="Payload">The document, the journal, the discovery or the package's name; secrets are masked in it.</param>
internal sealed record Notice(string Name, string Phase, JsonNode? Payload)
{
    /// <summary>Empty for none; else the kind of the error in that tool's names and what it said.</summary>
    public (string Kind, string Message)? Error { get; init; }

    public JsonObject Json(DateTimeOffset at)
    {
        var json = new JsonObject
        {
            ["name"] = Name,
            ["payload"] = Payload?.DeepClone(),
            ["phase"] = Phase,
            ["ts"] = at.ToUnixTimeMilliseconds() / 1000.0,
        };
        if (Error is { } error)
        {
            json["error"] = $"An exception was raised: {error.Kind}('{error.Message}')";
        }

        return json;
    }
}
