using System.Text.Json;
using System.Text.Json.Nodes;
using Shop.Hosting;

namespace Shop.Calls;

/// <summary>What another service answered. A call that got no answer has the status a gateway would give: 502 (no connection) or 504 (too late).</summary>
internal readonly record struct Answer(int Status, byte[] Body, string ContentType = "application/json")
{
    public long Version { get; init; }

    public bool IsSuccess => Status is >= 200 and < 300;

    /// <summary>Another try may help: the replica was gone, late or not ready. 500 is the service's own opinion and stays.</summary>
    public bool IsPassing => Status is 502 or 503 or 504;

    public JsonNode Json()
    {
        try
        {
            return JsonNode.Parse(Body) ?? new JsonObject();
        }
        catch (JsonException)
        {
            return new JsonObject();
        }
    }

    /// <summary>Hands the answer on to this role's own caller, unchanged.</summary>
    public Reply Forward() => new(Status, Body, ContentType) { Version = Version };
}
