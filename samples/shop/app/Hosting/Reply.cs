using System.Text;
using System.Text.Json.Nodes;

namespace Shop.Hosting;

/// <summary>What a role answers to one request.</summary>
internal sealed record Reply(int Status, byte[] Body, string ContentType = "application/json")
{
    /// <summary>The document's version, sent as ETag; 0 for none.</summary>
    public long Version { get; init; }

    public static Reply Json(int status, JsonNode body) => new(status, Encoding.UTF8.GetBytes(body.ToJsonString()));

    public static Reply Empty(int status) => new(status, []);

    /// <summary>An error of this role: what went wrong, in words.</summary>
    public static Reply Error(int status, string message) => Json(status, new JsonObject { ["error"] = message });

    public static Reply Text(int status, string text, string contentType = "text/plain; charset=utf-8") =>
        new(status, Encoding.UTF8.GetBytes(text), contentType);
}
