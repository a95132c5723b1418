using System.Buffers;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Shop.Stores;

/// <summary>One version of one document. <paramref name="Value"/> is its JSON text; null marks a document that was deleted.</summary>
/// <param name="Origin">The store that accepted this version; settles which of two equal versions counts.</param>
internal sealed record StoreEntry(string Key, byte[]? Value, long Version, string Origin, DateTimeOffset WrittenAt)
{
    /// <summary>Gone from then on; null for never.</summary>
    public DateTimeOffset? ExpiresAt { get; init; }

    /// <summary>Order of arrival in this store; not sent to others.</summary>
    public long Sequence { get; init; }

    public bool IsLive(DateTimeOffset now) => Value is not null && (ExpiresAt is null || ExpiresAt > now);

    public bool IsNewerThan(StoreEntry? other) =>
        other is null || Version > other.Version || (Version == other.Version && string.CompareOrdinal(Origin, other.Origin) > 0);

    /// <summary>One line of the store's file and of the wire between a store and its follower.</summary>
    public void WriteTo(IBufferWriter<byte> output)
    {
        using (var json = new Utf8JsonWriter(output))
        {
            json.WriteStartObject();
            json.WriteString("key", Key);
            json.WriteNumber("version", Version);
            json.WriteString("origin", Origin);
            json.WriteString("written", WrittenAt);
            if (ExpiresAt is { } expires)
            {
                json.WriteString("expires", expires);
            }

            if (Value is not null)
            {
                json.WritePropertyName("value");
                json.WriteRawValue(Value);
            }

            json.WriteEndObject();
        }

        output.Write("\n"u8);
    }

    /// <summary>Reads one line; null when it is not a whole entry, e.g. half written when the process died.</summary>
    public static StoreEntry? Read(ReadOnlySpan<byte> line)
    {
        try
        {
            var json = JsonNode.Parse(line)!.AsObject();
            return new StoreEntry((string)json["key"]!, Bytes(json["value"]), (long)json["version"]!, (string)json["origin"]!, (DateTimeOffset)json["written"]!)
            {
                ExpiresAt = (DateTimeOffset?)json["expires"],
            };
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or NullReferenceException or ArgumentNullException or FormatException)
        {
            return null;
        }
    }

    private static byte[]? Bytes(JsonNode? value) => value is null ? null : System.Text.Encoding.UTF8.GetBytes(value.ToJsonString());
}
