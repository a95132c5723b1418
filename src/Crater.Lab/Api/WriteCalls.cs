using System.Text.Json.Nodes;
using Crater.Lab.Api.Patching;
using Crater.Lab.Store;
using Microsoft.AspNetCore.Http;

namespace Crater.Lab.Api;

/// <summary>create, update and patch.</summary>
internal sealed class WriteCalls(ObjectWrites writes)
{
    public async Task CreateAsync(ApiRequest request, ReadCalls reads)
    {
        if (request.Kind.IsNamespaced && request.Space.Length == 0)
        {
            throw ApiException.MethodNotAllowed();
        }

        var options = OptionsOf(request);
        var created = writes.Create(request.Kind, request.Space, await request.BodyAsync(), options);
        Warn(request, options);
        await reads.AnswerAsync(request, 201, created);
    }

    public async Task UpdateAsync(ApiRequest request, ReadCalls reads)
    {
        var body = await request.BodyAsync();
        var options = OptionsOf(request);
        var updated = writes.Update(request.Kind, request.Space, request.Name, StatusOrNone(request), _ => body, options);
        Warn(request, options);
        await reads.AnswerAsync(request, 200, updated);
    }

    public async Task PatchAsync(ApiRequest request, ReadCalls reads)
    {
        var type = (request.Http.Request.ContentType ?? "").Split(';')[0].Trim();
        var patch = await request.NodeAsync() ?? throw ApiException.BadRequest("the patch is empty");
        var options = OptionsOf(request);
        if (type == "application/apply-patch+yaml" && request.Subresource.Length == 0)
        {
            await ApplyAsync(request, patch, options, reads);
            return;
        }

        var updated = writes.Update(request.Kind, request.Space, request.Name, StatusOrNone(request),
            current => Patches.Apply(type, patch, current, request.Kind), options);
        Warn(request, options);
        await reads.AnswerAsync(request, 200, updated);
    }

    /// <summary>Server-side apply: creates what is not there and merges what is. Field ownership is not kept, so nothing conflicts.</summary>
    private async Task ApplyAsync(ApiRequest request, JsonNode patch, WriteOptions options, ReadCalls reads)
    {
        var applied = patch as JsonObject ?? throw ApiException.BadRequest("an apply patch is an object");
        try
        {
            var updated = writes.Update(request.Kind, request.Space, request.Name, "",
                current => Patches.Apply("application/apply-patch+yaml", applied, current, request.Kind), options);
            await reads.AnswerAsync(request, 200, updated);
        }
        catch (ApiException missing) when (missing.Code == 404)
        {
            var created = writes.Create(request.Kind, request.Space, applied, options);
            await reads.AnswerAsync(request, 201, created);
        }
    }

    private static string StatusOrNone(ApiRequest request) => request.Subresource == "status" ? "status" : "";

    private static WriteOptions OptionsOf(ApiRequest request) => new()
    {
        IsDryRun = request.IsDryRun,
        FieldValidation = request.Query("fieldValidation") is { Length: > 0 } asked ? asked : "Warn",
    };

    private static void Warn(ApiRequest request, WriteOptions options)
    {
        foreach (var warning in options.Warnings)
        {
            request.Http.Response.Headers.Append("Warning", $"299 - \"{warning.Replace("\"", "\\\"", StringComparison.Ordinal)}\"");
        }
    }
}
