using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;

namespace Crater.Lab.Api;

/// <summary>Writes JSON answers.</summary>
internal static class StatusAnswer
{
    public static Task WriteAsync(HttpContext http, ApiException status) => WriteAsync(http, status.Code, status.ToJson());

    public static async Task WriteAsync(HttpContext http, int code, JsonNode body, string contentType = "application/json")
    {
        http.Response.StatusCode = code;
        http.Response.ContentType = contentType;
        await using var writer = new Utf8JsonWriter(http.Response.BodyWriter);
        body.WriteTo(writer);
        await writer.FlushAsync(http.RequestAborted);
    }
}
