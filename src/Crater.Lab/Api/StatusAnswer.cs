using System.Text.Json;
using System.Text.Json.Nodes;
using Crater.Documents;
using Microsoft.AspNetCore.Http;

namespace Crater.Lab.Api;

/// <summary>Writes answers: in JSON, or in YAML where the client asks for it.</summary>
internal static class StatusAnswer
{
    /// <summary>Bytes of a long list that are gathered before they are sent.</summary>
    private const int ChunkBytes = 64 * 1024;

    /// <summary>Quotes and signs as the real server writes them.</summary>
    private static readonly JsonWriterOptions Plain = new() { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static Task WriteAsync(HttpContext http, ApiException status)
    {
        if (status.RetryAfter is { } wait)
        {
            http.Response.Headers.RetryAfter = ((int)wait.TotalSeconds).ToString();
        }

        return WriteAsync(http, status.Code, status.ToJson());
    }

    public static async Task WriteAsync(HttpContext http, int code, JsonNode body, string contentType = "application/json")
    {
        http.Response.StatusCode = code;
        if (contentType == MediaTypes.Json && MediaTypes.IsYamlWanted(http.Request))
        {
            http.Response.ContentType = MediaTypes.Yaml;
            await http.Response.WriteAsync(DocumentWriter.Yaml(body), http.RequestAborted);
            return;
        }

        http.Response.ContentType = contentType;
        await using var writer = new Utf8JsonWriter(http.Response.BodyWriter, Plain);
        body.WriteTo(writer);
        await writer.FlushAsync(http.RequestAborted);
    }

    /// <summary>Writes a list without copying its items into it.</summary>
    /// <param name="isTyped">The list says of what kind its items are, so that they do not say it again.</param>
    public static async Task WriteListAsync(HttpContext http, JsonObject head, IEnumerable<JsonObject> items, bool isTyped)
    {
        if (MediaTypes.IsYamlWanted(http.Request))
        {
            var list = head.DeepClone().AsObject();
            list["items"] = new JsonArray([.. items.Select(item => (JsonNode?)Copy(item, isTyped))]);
            await WriteAsync(http, 200, list);
            return;
        }

        http.Response.StatusCode = 200;
        http.Response.ContentType = "application/json";
        await using var writer = new Utf8JsonWriter(http.Response.BodyWriter, Plain);
        writer.WriteStartObject();
        foreach (var (name, value) in head)
        {
            writer.WritePropertyName(name);
            value!.WriteTo(writer);
        }

        writer.WriteStartArray("items");
        foreach (var item in items)
        {
            writer.WriteStartObject();
            foreach (var (name, value) in item.Where(field => !isTyped || field.Key is not ("kind" or "apiVersion")))
            {
                writer.WritePropertyName(name);
                Write(writer, value);
            }

            writer.WriteEndObject();
            if (writer.BytesPending > ChunkBytes)
            {
                await writer.FlushAsync(http.RequestAborted);
            }
        }

        writer.WriteEndArray();
        writer.WriteEndObject();
        await writer.FlushAsync(http.RequestAborted);
    }

    private static void Write(Utf8JsonWriter writer, JsonNode? value)
    {
        if (value is null)
        {
            writer.WriteNullValue();
        }
        else
        {
            value.WriteTo(writer);
        }
    }

    private static JsonObject Copy(JsonObject item, bool isTyped)
    {
        var copy = item.DeepClone().AsObject();
        if (isTyped)
        {
            copy.Remove("kind");
            copy.Remove("apiVersion");
        }

        return copy;
    }
}
