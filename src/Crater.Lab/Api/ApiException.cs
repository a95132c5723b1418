using System.Text.Json.Nodes;

namespace Crater.Lab.Api;

/// <summary>An answer that is not an object: Kubernetes' own <c>Status</c>, with its reasons and its wording.</summary>
public sealed class ApiException(int code, string reason, string message, Exception? inner = null) : Exception(message, inner)
{
    /// <summary>The HTTP status code.</summary>
    public int Code { get; } = code;

    /// <summary>Kubernetes' word for it, which kubectl shows in brackets: <c>NotFound</c>, <c>Conflict</c> …</summary>
    public string Reason { get; } = reason;

    /// <summary>The object that was asked for, and the causes of an Invalid.</summary>
    public JsonObject? Details { get; init; }

    /// <summary>Where a list may go on that cannot go on as it began.</summary>
    public string Continue { get; init; } = "";

    /// <summary>When a client may ask again; sent as Retry-After.</summary>
    public TimeSpan? RetryAfter { get; init; }

    public static ApiException Unauthorized() => new(401, "Unauthorized", "Unauthorized");

    public static ApiException UnknownPath() => new(404, "NotFound", "the server could not find the requested resource") { Details = [] };

    public static ApiException BadRequest(string message) => new(400, "BadRequest", message);

    public static ApiException MethodNotAllowed() =>
        new(405, "MethodNotAllowed", "the server does not allow this method on the requested resource") { Details = [] };

    public static ApiException Expired(string message) => new(410, "Expired", message);

    /// <param name="resource">Plural with group, as Kubernetes writes it: <c>deployments.apps</c>.</param>
    public static ApiException NotFound(string resource, string name) =>
        new(404, "NotFound", $"{resource} \"{name}\" not found") { Details = DetailsOf(resource, name) };

    public static ApiException AlreadyExists(string resource, string name) =>
        new(409, "AlreadyExists", $"{resource} \"{name}\" already exists") { Details = DetailsOf(resource, name) };

    public static ApiException Conflict(string resource, string name, string why) =>
        new(409, "Conflict", $"Operation cannot be fulfilled on {resource} \"{name}\": {why}") { Details = DetailsOf(resource, name) };

    public static ApiException Forbidden(string resource, string name, string why) =>
        new(403, "Forbidden", $"{resource} \"{name}\" is forbidden: {why}") { Details = DetailsOf(resource, name) };

    public JsonObject ToJson()
    {
        var status = new JsonObject
        {
            ["kind"] = "Status",
            ["apiVersion"] = "v1",
            ["metadata"] = Continue.Length > 0 ? new JsonObject { ["continue"] = Continue } : new JsonObject(),
            ["status"] = "Failure",
            ["message"] = Message,
        };
        if (Reason.Length > 0)
        {
            status["reason"] = Reason;
        }

        if (Details is not null)
        {
            // What is empty is left out there.
            status["details"] = new JsonObject(Details.Where(detail => detail.Value is not JsonValue value || value.ToString().Length > 0)
                .Select(detail => KeyValuePair.Create(detail.Key, detail.Value?.DeepClone())));
        }

        status["code"] = Code;
        return status;
    }

    private static JsonObject DetailsOf(string resource, string name)
    {
        var dot = resource.IndexOf('.', StringComparison.Ordinal);
        var details = new JsonObject { ["name"] = name };
        if (dot > 0)
        {
            details["group"] = resource[(dot + 1)..];
        }

        details["kind"] = dot > 0 ? resource[..dot] : resource;
        return details;
    }
}
