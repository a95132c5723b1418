using System.Text.Json.Nodes;
using Crater.Lab.Api.Admission;
using Crater.Lab.Api.Admission.Webhooks;
using Crater.Lab.Api.Patching;
using Crater.Lab.Store;
using Microsoft.AspNetCore.Http;

namespace Crater.Lab.Api;

/// <summary>create, update and patch.</summary>
internal sealed class WriteCalls(AdmittedWrites writes)
{
    private const string ApplyType = "application/apply-patch+yaml";

    /// <summary>Longer names of programs are cut, as the real server cuts them; longer names that a client gives are refused.</summary>
    private const int ManagerMax = 128;

    public async Task CreateAsync(ApiRequest request, ReadCalls reads)
    {
        if (request.Kind.IsNamespaced && request.Space.Length == 0)
        {
            throw ApiException.MethodNotAllowed();
        }

        var body = await request.NodeAsync() is { } sent ? sent as JsonObject ?? throw ApiException.BadRequest("the object provided is unrecognized (must be of type JSON object)")
            : throw ApiException.BadRequest($"the object provided is unrecognized (must be of type {request.Kind.Kind}): couldn't get version/kind; "
                + "json parse error: unexpected end of JSON input (<empty>)");
        if (request.Kind.Kind == "CertificateSigningRequest")
        {
            SignFor(request.User, body);
        }

        var options = OptionsOf(request);
        var created = await writes.CreateAsync(request, body, options);
        Warn(request, options.Warnings);
        await reads.AnswerAsync(request, 201, created);
    }

    public async Task UpdateAsync(ApiRequest request, ReadCalls reads)
    {
        var body = await request.BodyAsync();
        if (body.Name() is { Length: > 0 } named && named != request.Name)
        {
            throw ApiException.BadRequest($"the name of the object ({named}) does not match the name on the URL ({request.Name})");
        }

        var options = OptionsOf(request);
        var updated = await writes.UpdateAsync(request, PartOf(request), _ => body.DeepClone().AsObject(), options);
        Warn(request, options.Warnings);
        await reads.AnswerAsync(request, 200, updated);
    }

    public async Task PatchAsync(ApiRequest request, ReadCalls reads)
    {
        var type = (request.Http.Request.ContentType ?? "").Split(';')[0].Trim();
        var patch = await request.NodeAsync() ?? throw ApiException.BadRequest("the patch is empty");
        CheckPatchOptions(request, isApply: type == ApplyType);
        var options = OptionsOf(request) with { IsPatch = true };
        if (type == ApplyType)
        {
            await ApplyAsync(request, patch, options with { IsApply = true, IsPatch = false }, reads);
            return;
        }

        var updated = await writes.UpdateAsync(request, PartOf(request),
            current => Patches.Apply(type, patch, current, request.Kind), options);
        Warn(request, options.Warnings);
        await reads.AnswerAsync(request, 200, updated);
    }

    /// <summary>Server-side apply: creates what is not there and merges what is, by who owns which field.</summary>
    private async Task ApplyAsync(ApiRequest request, JsonNode patch, WriteOptions options, ReadCalls reads)
    {
        var config = patch as JsonObject ?? throw ApiException.BadRequest("error decoding YAML: an object is expected");
        var (applied, isNew) = await writes.ApplyAsync(request, PartOf(request), config, request.QueryFlag("force"), options);
        Warn(request, options.Warnings);
        await reads.AnswerAsync(request, isNew ? 201 : 200, applied);
    }

    private static string PartOf(ApiRequest request) => request.Subresource switch
    {
        "status" or EphemeralRules.Subresource => request.Subresource,
        "approval" => "status",
        _ => "",
    };

    /// <summary>Who asks for a certificate is not for the asker to say.</summary>
    private static void SignFor(ApiUser user, JsonObject body)
    {
        body.Make("spec")["username"] = user.Name;
        body.Make("spec")["groups"] = new JsonArray([.. user.Groups.Select(group => (JsonNode)group)]);
    }

    private static WriteOptions OptionsOf(ApiRequest request)
    {
        CheckOptions(request);
        return ReadOptions(request);
    }

    private static void CheckOptions(ApiRequest request)
    {
        var errors = new FieldErrors();
        var (dry, fields) = (request.Query("dryRun"), request.Query("fieldValidation"));
        if (dry is not ("" or "All"))
        {
            errors.Add("dryRun", "FieldValueNotSupported", $"Unsupported value: [\"{dry}\"]: supported values: \"All\"");
        }

        PodRules.OneOf("fieldValidation", fields, ["", "Ignore", "Strict", "Warn"], errors);
        var kind = request.Http.Request.Method switch { "POST" => "CreateOptions", "PATCH" => "PatchOptions", _ => "UpdateOptions" };
        errors.Throw(new ResourceKind("meta.k8s.io", "v1", "", kind, false), "");
    }

    private static WriteOptions ReadOptions(ApiRequest request) => new()
    {
        IsDryRun = request.IsDryRun,
        FieldValidation = request.Query("fieldValidation") is { Length: > 0 } asked ? asked : "Warn",
        Manager = ManagerOf(request),
        Duplicates = request.Duplicates,
    };

    /// <summary>The name that the client gives itself for this write; else the program's name in its User-Agent.</summary>
    public static string ManagerOf(ApiRequest request)
    {
        if (request.Query("fieldManager") is { Length: > 0 } named)
        {
            return named;
        }

        var program = request.Http.Request.Headers.UserAgent.ToString().Split('/')[0];
        return program.Length switch { 0 => "unknown", > ManagerMax => program[..ManagerMax], _ => program };
    }

    private static void CheckPatchOptions(ApiRequest request, bool isApply)
    {
        var errors = new FieldErrors();
        if (isApply && request.Query("fieldManager").Length == 0)
        {
            errors.Required("fieldManager", "is required for apply patch");
        }

        if (request.Query("fieldManager").Length > ManagerMax)
        {
            errors.Add("fieldManager", "FieldValueTooLong", $"Too long: may not be more than {ManagerMax} bytes");
        }

        if (!isApply && request.Query("force").Length > 0)
        {
            errors.Forbidden("force", "may not be specified for non-apply patch");
        }

        errors.Throw(new ResourceKind("meta.k8s.io", "v1", "", "PatchOptions", false), "");
    }

    public static void Warn(ApiRequest request, IEnumerable<string> warnings)
    {
        foreach (var warning in warnings.Distinct())
        {
            request.Http.Response.Headers.Append("Warning", $"299 - \"{warning.Replace("\"", "\\\"", StringComparison.Ordinal)}\"");
        }
    }
}
