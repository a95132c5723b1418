namespace Crater.Lab.Api;

/// <summary>One row of the resource table: everything that the API server has to know about a kind.</summary>
/// <param name="Group">"" for the core group.</param>
/// <param name="Plural">The name in paths: <c>deployments</c>.</param>
public sealed record ResourceKind(string Group, string Version, string Plural, string Kind, bool IsNamespaced)
{
    private static readonly string[] EveryVerb = ["create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"];

    public string Singular { get; init; } = Kind.ToLowerInvariant();

    public IReadOnlyList<string> ShortNames { get; init; } = [];

    public IReadOnlyList<string> Categories { get; init; } = [];

    public IReadOnlyList<string> Verbs { get; init; } = EveryVerb;

    /// <summary>Which subresources there are: status, scale, eviction …</summary>
    public IReadOnlyList<string> Subresources { get; init; } = [];

    /// <summary>The generation counts the changes of all but metadata and status.</summary>
    public bool CountsGenerations { get; init; }

    /// <summary>The name in the store when another version or group keeps its objects there too; by default plural and group.</summary>
    public string? StoredAs { get; init; }

    /// <summary>Plural with group where it has one, which is also Kubernetes' way to name it in messages: <c>deployments.apps</c>.</summary>
    public string Qualified => Group.Length == 0 ? Plural : $"{Plural}.{Group}";

    public string StoreName => StoredAs ?? Qualified;

    public string ApiVersion => Group.Length == 0 ? Version : $"{Group}/{Version}";

    /// <summary>Where replicas are asked for and counted, for the scale subresource.</summary>
    public (string Spec, string Status, string Selector) ScalePaths { get; init; } = ("spec.replicas", "status.replicas", "spec.selector");

    /// <summary>Columns and schema of a custom resource, from its definition; null for built-in kinds.</summary>
    public System.Text.Json.Nodes.JsonObject? Definition { get; init; }

    public bool Has(string subresource) => Subresources.Contains(subresource);

    public bool Can(string verb) => Verbs.Contains(verb);
}
