using System.Text.Json.Nodes;

namespace Crater.Kubernetes.Client;

/// <summary>The three ways in which the API takes a patch.</summary>
public enum PatchForm
{
    /// <summary>RFC 7396: maps merge, lists are replaced, null removes.</summary>
    Merge,

    /// <summary>RFC 6902: a list of operations.</summary>
    Json,

    /// <summary>Kubernetes' own: lists with a merge key (containers by name) merge too.</summary>
    Strategic,
}

/// <summary>How a server-side apply is made.</summary>
public sealed record ApplyRequest
{
    /// <summary>Who owns the fields that are applied. 1 to 128 printable characters. Default <c>crater</c>.</summary>
    public string FieldManager { get; init; } = "crater";

    /// <summary>Takes fields over that another manager owns. Default false: that is a <see cref="FieldConflictException"/>.</summary>
    public bool Force { get; init; }
}

/// <summary>What to list.</summary>
public sealed record ListQuery
{
    public static readonly ListQuery All = new();

    public string LabelSelector { get; init; } = "";

    public string FieldSelector { get; init; } = "";

    /// <summary>Only metadata is sent where the server can do that; a server that cannot sends whole objects.</summary>
    public bool MetadataOnly { get; init; }

    /// <summary>What is kept of each object; it must not hold on to the object itself, whose whole page would stay with it. Default: all.</summary>
    public Func<JsonObject, JsonObject>? Keep { get; init; }
}

/// <param name="Version">The resourceVersion of the list, from which a watch goes on.</param>
public sealed record ResourceList(IReadOnlyList<JsonObject> Items, string Version);

/// <summary>How to delete.</summary>
public sealed record DeleteRequest
{
    /// <summary>Refused when the object is another one of the same name; empty for any.</summary>
    public string Uid { get; init; } = "";

    /// <summary>Refused when the object was changed since; empty for any version.</summary>
    public string ResourceVersion { get; init; } = "";

    /// <value>Unit: seconds. Null for the object's own.</value>
    public int? GraceSeconds { get; init; }

    /// <summary>Background, Foreground or Orphan; empty for the kind's default.</summary>
    public string Propagation { get; init; } = "";

    internal JsonObject Body()
    {
        var body = new JsonObject { ["apiVersion"] = "v1", ["kind"] = "DeleteOptions" };
        if (GraceSeconds is { } seconds)
        {
            body["gracePeriodSeconds"] = seconds;
        }

        if (Propagation.Length > 0)
        {
            body["propagationPolicy"] = Propagation;
        }

        var preconditions = new JsonObject();
        if (Uid.Length > 0)
        {
            preconditions["uid"] = Uid;
        }

        if (ResourceVersion.Length > 0)
        {
            preconditions["resourceVersion"] = ResourceVersion;
        }

        if (preconditions.Count > 0)
        {
            body["preconditions"] = preconditions;
        }

        return body;
    }
}

/// <param name="Type">ADDED, MODIFIED, DELETED or BOOKMARK.</param>
public sealed record WatchEvent(string Type, JsonObject Object);
