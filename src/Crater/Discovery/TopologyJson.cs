using System.Text.Json;
using System.Text.Json.Serialization;
using Crater.Diagnostics;

namespace Crater.Discovery;

/// <summary>The topology as JSON: what <c>inventory --json</c> prints and what the run folder keeps as topology.json. Reading it back gives the same.</summary>
public static class TopologyJson
{
    public static string Write(Topology topology) => JsonSerializer.Serialize(topology, TopologyJsonContext.Default.Topology);

    /// <summary>The same into a writer, whose options decide how it is indented and escaped.</summary>
    public static void Write(Topology topology, Utf8JsonWriter writer) => JsonSerializer.Serialize(writer, topology, TopologyJsonContext.Default.Topology);

    /// <exception cref="CraterException">CRT9005: this is no topology.</exception>
    public static Topology Read(string json)
    {
        try
        {
            return JsonSerializer.Deserialize(json, TopologyJsonContext.Default.Topology)
                ?? throw new CraterException("CRT9005", "The topology is empty. Discover again with 'craterctl inventory --json'.");
        }
        catch (JsonException e)
        {
            throw new CraterException("CRT9005", $"The topology cannot be read: {e.Message} Discover again with 'craterctl inventory --json'.", e);
        }
    }
}

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, UseStringEnumConverter = true, WriteIndented = true,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(Topology))]
internal sealed partial class TopologyJsonContext : JsonSerializerContext;
