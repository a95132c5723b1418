using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;

namespace Shop.Hosting;

/// <summary>One request on its way through a role: the path's values, the query, the body.</summary>
internal sealed class Request(HttpContext context, IReadOnlyDictionary<string, string> path)
{
    /// <summary>Longest body that any role reads. Unit: bytes. A shopping cart is a few hundred.</summary>
    public const int BodyBytesMax = 256 * 1024;

    /// <summary>The caller went away.</summary>
    public CancellationToken Abort => context.RequestAborted;

    public string Method => context.Request.Method;

    public string PathAndQuery => context.Request.Path.ToUriComponent() + context.Request.QueryString.ToUriComponent();

    public string ContentType => context.Request.ContentType ?? "";

    /// <summary>The named part of the route, unescaped.</summary>
    public string Path(string name) => path[name];

    public string Query(string name, string otherwise) =>
        context.Request.Query[name].ToString() is { Length: > 0 } value ? value : otherwise;

    public string Header(string name) => context.Request.Headers[name].ToString();

    /// <param name="bytesMax">Refuse more than this.</param>
    public async Task<byte[]> BodyAsync(int bytesMax = BodyBytesMax)
    {
        using var buffer = new MemoryStream();
        var chunk = new byte[4096];
        int read;
        while ((read = await context.Request.Body.ReadAsync(chunk, Abort)) > 0)
        {
            if (buffer.Length + read > bytesMax)
            {
                throw new BadHttpRequestException($"The body is longer than {bytesMax} bytes.", StatusCodes.Status413PayloadTooLarge);
            }

            buffer.Write(chunk, 0, read);
        }

        return buffer.ToArray();
    }

    /// <summary>The body as a JSON object; an empty body is an empty object.</summary>
    public async Task<JsonObject> JsonAsync()
    {
        var body = await BodyAsync();
        try
        {
            return body.Length == 0 ? [] : JsonNode.Parse(body)?.AsObject() ?? [];
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            throw new BadHttpRequestException("The body is not a JSON object.", StatusCodes.Status400BadRequest);
        }
    }
}
