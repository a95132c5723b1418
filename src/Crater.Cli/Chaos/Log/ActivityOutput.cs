using System.Text.Json;
using System.Text.Json.Nodes;
using Crater.Experiments;

namespace Crater.Cli.Chaos.Log;

/// <summary>What an activity gave, as the journal's events have it.</summary>
internal static class ActivityOutput
{
    /// <summary>The value; the text itself where it was cut in the middle, as long outputs are; null for none.</summary>
    public static JsonNode? Read(string output)
    {
        try
        {
            return output.Length == 0 ? null : JsonNode.Parse(output);
        }
        catch (JsonException)
        {
            return JsonValue.Create(output);
        }
    }

    /// <summary>What the tool warns of where no tolerance judges; null for nothing.</summary>
    public static (string Message, string Module)? Warning(Provider provider, JsonNode? value)
    {
        var status = value is JsonObject map && map["status"] is JsonValue number && number.TryGetValue<int>(out var code) ? code : 0;
        return provider switch
        {
            ProcessProvider when status != 0 => ("This process returned a non-zero exit code. This may indicate some error and not what you expected.", "process"),
            HttpProvider when status >= 400 => ("This HTTP call returned a response with a HTTP status code above 400. This may indicate some error and not what you expected.", "http"),
            _ => null,
        };
    }
}
