using System.Buffers.Binary;
using System.Text;
using System.Text.Json.Nodes;
using Crater.Lab.Store;

namespace Crater.Lab.Api.Schemas;

/// <summary>
/// Reads Kubernetes' protobuf form into the JSON form: kubectl sends what it makes itself (create, drain, auth can-i) in protobuf, and takes
/// JSON for an answer. The writers send every field that is no pointer even when it is empty; empty texts, false and empty messages are
/// left out here, as they are in JSON.
/// </summary>
internal static class WireReader
{
    /// <summary>Four bytes before the envelope, "k8s" and a zero.</summary>
    private static readonly byte[] Magic = "k8s\0"u8.ToArray();

    /// <summary>Messages that say something by being there.</summary>
    private static readonly HashSet<string> MeantWhenEmpty = ["emptyDir", "podSelector", "namespaceSelector"];

    /// <summary>Numbers that are no pointers: zero means that nothing was said.</summary>
    private static readonly HashSet<string> UnsetWhenZero =
    [
        "generation", "hostPort", "nodePort", "minReadySeconds", "initialDelaySeconds", "timeoutSeconds", "periodSeconds", "successThreshold",
        "failureThreshold", "count", "observedGeneration", "containerPort",
    ];

    public static bool IsProtobuf(string? contentType) => contentType?.Contains("protobuf", StringComparison.Ordinal) == true;

    /// <exception cref="ApiException">BadRequest: the bytes are not what they say; UnsupportedMediaType: a kind that has no protobuf form here.</exception>
    public static JsonObject Read(ReadOnlyMemory<byte> bytes)
    {
        if (!bytes.Span.StartsWith(Magic))
        {
            throw ApiException.BadRequest("provided data does not appear to be a protobuf message, expected prefix [107 56 115 0]");
        }

        try
        {
            return ReadEnvelope(bytes[Magic.Length..]);
        }
        catch (Exception broken) when (broken is ArgumentOutOfRangeException or IndexOutOfRangeException or FormatException)
        {
            throw ApiException.BadRequest($"the protobuf message cannot be read: {broken.Message}");
        }
    }

    private static JsonObject ReadEnvelope(ReadOnlyMemory<byte> bytes)
    {
        var (apiVersion, kind, raw) = ("", "", ReadOnlyMemory<byte>.Empty);
        while (Next(ref bytes, out var number, out _, out var value, out _))
        {
            if (number == 2)
            {
                raw = value;
            }

            while (number == 1 && Next(ref value, out var inner, out _, out var text, out _))
            {
                (apiVersion, kind) = inner == 1 ? (Encoding.UTF8.GetString(text.Span), kind) : (apiVersion, Encoding.UTF8.GetString(text.Span));
            }
        }

        var message = MessageOf(apiVersion, kind) ?? throw new ApiException(415, "UnsupportedMediaType",
            "the body of the request was in an unknown format - accepted media types include: application/json, application/yaml");
        var read = ReadMessage(raw, message);
        (read["apiVersion"], read["kind"]) = (apiVersion, kind);
        return read;
    }

    private static string? MessageOf(string apiVersion, string kind)
    {
        var parts = apiVersion.Split('/');
        var (group, version) = parts.Length == 2 ? (parts[0].Split('.')[0], parts[1]) : ("core", parts[0]);
        string[] candidates = [$"{group}.{version}.{kind}", $"meta.v1.{kind}"];
        return candidates.FirstOrDefault(candidate => WireTable.FieldsOf(candidate) is not null);
    }

    private static JsonObject ReadMessage(ReadOnlyMemory<byte> bytes, string message)
    {
        JsonObject read = [];
        var (fields, known) = (WireTable.FieldsOf(message), TypeTable.FieldsOf(message));
        while (Next(ref bytes, out var number, out var wire, out var value, out var scalar))
        {
            if (fields?.GetValueOrDefault(number) is not { } field)
            {
                continue;
            }

            if (field.IsMap)
            {
                ReadEntry(read.Make(field.Name), value, field.Message);
            }
            else if (field.IsList)
            {
                var list = read[field.Name] as JsonArray ?? [];
                read[field.Name] = list;
                list.Add(ReadValue(field, wire, value, scalar));
            }
            else if (known is not null && !known.ContainsKey(field.Name) && field.Message.Length > 1)
            {
                // What Go embeds stands in JSON in the message itself.
                foreach (var (name, inner) in ReadMessage(value, field.Message).ToList())
                {
                    read[name] = inner?.DeepClone();
                }
            }
            else if (ReadValue(field, wire, value, scalar) is { } node && !IsUnset(field, node))
            {
                read[field.Name] = node;
            }
        }

        return read;
    }

    private static bool IsUnset(WireField field, JsonNode node) => field.Message switch
    {
        "s" or "y" => node.Text().Length == 0,
        "b" => !node.Flag(),
        "i" => node.Number() == 0 && UnsetWhenZero.Contains(field.Name),
        _ => node is JsonObject { Count: 0 } && !MeantWhenEmpty.Contains(field.Name),
    };

    private static void ReadEntry(JsonObject map, ReadOnlyMemory<byte> entry, string type)
    {
        var (key, content) = ("", (JsonNode?)null);
        while (Next(ref entry, out var number, out var wire, out var value, out var scalar))
        {
            if (number == 1)
            {
                key = Encoding.UTF8.GetString(value.Span);
            }
            else
            {
                content = ReadValue(new WireField("", type, false, false), wire, value, scalar);
            }
        }

        map[key] = content ?? (type.Length == 1 ? JsonValue.Create("") : new JsonObject());
    }

    private static JsonNode? ReadValue(WireField field, int wire, ReadOnlyMemory<byte> value, ulong scalar) => field.Message switch
    {
        "s" => Encoding.UTF8.GetString(value.Span),
        "y" => Convert.ToBase64String(value.Span),
        "b" => scalar != 0,
        "n" => BitConverter.UInt64BitsToDouble(scalar),
        "i" => wire == 0 ? (long)scalar : 0,
        "meta.v1.Time" => ReadTime(value) is { } time ? time.Stamp() : null,
        "meta.v1.MicroTime" => ReadTime(value) is { } micro ? micro.MicroStamp() : null,
        "resource.Quantity" => Next(ref value, out _, out _, out var text, out _) ? Encoding.UTF8.GetString(text.Span) : "0",
        "intstr.IntOrString" => ReadIntegerOrText(value),
        "runtime.RawExtension" => Next(ref value, out _, out _, out var raw, out _) ? JsonNode.Parse(raw.Span) : new JsonObject(),
        _ => ReadMessage(value, field.Message),
    };

    private static DateTimeOffset? ReadTime(ReadOnlyMemory<byte> value)
    {
        var (seconds, nanoseconds) = (0L, 0L);
        while (Next(ref value, out var number, out _, out _, out var scalar))
        {
            (seconds, nanoseconds) = number == 1 ? ((long)scalar, nanoseconds) : (seconds, (long)scalar);
        }

        return seconds == 0 ? null : DateTimeOffset.FromUnixTimeSeconds(seconds).AddTicks(nanoseconds / 100);
    }

    private static JsonNode ReadIntegerOrText(ReadOnlyMemory<byte> value)
    {
        var (isText, number, text) = (false, 0L, "");
        while (Next(ref value, out var field, out _, out var bytes, out var scalar))
        {
            switch (field)
            {
                case 1:
                    isText = scalar == 1;
                    break;
                case 2:
                    number = (long)scalar;
                    break;
                default:
                    text = Encoding.UTF8.GetString(bytes.Span);
                    break;
            }
        }

        return isText ? text : number;
    }

    /// <summary>Takes the next field off the front; <paramref name="value"/> for texts and messages, <paramref name="scalar"/> for numbers.</summary>
    private static bool Next(ref ReadOnlyMemory<byte> bytes, out int number, out int wire, out ReadOnlyMemory<byte> value, out ulong scalar)
    {
        (number, wire, value, scalar) = (0, 0, default, 0);
        if (bytes.IsEmpty)
        {
            return false;
        }

        var key = Varint(ref bytes);
        (number, wire) = ((int)(key >> 3), (int)(key & 7));
        switch (wire)
        {
            case 0:
                scalar = Varint(ref bytes);
                break;
            case 1:
                scalar = BinaryPrimitives.ReadUInt64LittleEndian(bytes.Span);
                bytes = bytes[8..];
                break;
            case 2:
                var length = checked((int)Varint(ref bytes));
                value = bytes[..length];
                bytes = bytes[length..];
                break;
            case 5:
                scalar = BinaryPrimitives.ReadUInt32LittleEndian(bytes.Span);
                bytes = bytes[4..];
                break;
            default:
                throw new FormatException($"wire type {wire} is not used by Kubernetes");
        }

        return true;
    }

    private static ulong Varint(ref ReadOnlyMemory<byte> bytes)
    {
        var (result, shift) = (0ul, 0);
        while (true)
        {
            var octet = bytes.Span[0];
            bytes = bytes[1..];
            result |= (ulong)(octet & 0x7f) << shift;
            if (octet < 0x80)
            {
                return result;
            }

            shift = shift < 63 ? shift + 7 : throw new FormatException("a number is too long");
        }
    }
}
