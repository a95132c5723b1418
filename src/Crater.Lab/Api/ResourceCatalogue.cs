using System.Text.Json.Nodes;
using Crater.Lab.Api.CustomResources;
using Crater.Lab.Store;
using Microsoft.AspNetCore.Http;

namespace Crater.Lab.Api;

/// <summary>The kinds that are served now, and the discovery documents that name them.</summary>
internal sealed class ResourceCatalogue(ResourceStore store)
{
    private const string Aggregated = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList";

    private static readonly JsonObject Version = new()
    {
        ["major"] = "1",
        ["minor"] = "36",
        ["emulationMajor"] = "1",
        ["emulationMinor"] = "36",
        ["minCompatibilityMajor"] = "1",
        ["minCompatibilityMinor"] = "35",
        ["gitVersion"] = "v1.36.0+crater-lab",
        ["gitCommit"] = "",
        ["gitTreeState"] = "clean",
        ["buildDate"] = "2026-01-01T00:00:00Z",
        ["goVersion"] = "",
        ["compiler"] = "dotnet",
        ["platform"] = "linux",
    };

    /// <summary>The built-in kinds and those that definitions in the store add.</summary>
    public IReadOnlyList<ResourceKind> All => [.. ResourceTable.BuiltIn, .. CustomKinds.Of(store)];

    public ResourceKind? Find(string group, string version, string plural) => ResourceTable.Find(group, version, plural)
        ?? CustomKinds.Of(store).FirstOrDefault(kind => kind.Group == group && kind.Version == version && kind.Plural == plural);

    /// <summary>The document at a path that is no resource's: discovery, version, health, OpenAPI; null when there is none.</summary>
    public (JsonNode Body, string ContentType)? Document(HttpContext http)
    {
        var path = http.Request.Path.Value!.TrimEnd('/');
        var isAggregated = http.Request.Headers.Accept.ToString().Contains("g=apidiscovery.k8s.io;v=v2;", StringComparison.Ordinal);
        if (path is "/api" or "/apis" && isAggregated)
        {
            return (GroupDiscovery(isCore: path == "/api"), Aggregated);
        }

        JsonNode? body = path switch
        {
            "/version" => Version.DeepClone(),
            "/api" => new JsonObject
            {
                ["kind"] = "APIVersions",
                ["versions"] = new JsonArray("v1"),
                ["serverAddressByClientCIDRs"] = new JsonArray(
                    new JsonObject { ["clientCIDR"] = "0.0.0.0/0", ["serverAddress"] = http.Request.Host.Value }),
            },
            "/apis" => new JsonObject
            {
                ["kind"] = "APIGroupList",
                ["apiVersion"] = "v1",
                ["groups"] = new JsonArray([.. Groups().Select(Group).Select(Bare)]),
            },
            "" => new JsonObject { ["paths"] = new JsonArray("/api", "/api/v1", "/apis", "/healthz", "/livez", "/openapi/v3", "/readyz", "/version") },
            "/.well-known/openid-configuration" => new JsonObject
            {
                ["issuer"] = Access.AccessReviews.Issuer,
                ["jwks_uri"] = $"https://{http.Request.Host.Value}/openid/v1/jwks",
                ["response_types_supported"] = new JsonArray("id_token"),
                ["subject_types_supported"] = new JsonArray("public"),
                ["id_token_signing_alg_values_supported"] = new JsonArray("RS256"),
            },

            // The lab's tokens are names that only the lab knows: no key of anybody's proves them.
            "/openid/v1/jwks" => new JsonObject { ["keys"] = new JsonArray() },
            _ => path.StartsWith("/openapi/v3", StringComparison.Ordinal) ? OpenApi.Document(path, All) : GroupOrVersion(path),
        };
        return body is null ? null : (body, "application/json");
    }

    private JsonObject? GroupOrVersion(string path)
    {
        var parts = path.Split('/', StringSplitOptions.RemoveEmptyEntries);
        return parts switch
        {
            ["api", "v1"] => Resources("", "v1"),
            ["apis", var group] => Groups().FirstOrDefault(found => found.Key == group) is { } found ? Group(found) : null,
            ["apis", var group, var version] => Resources(group, version),
            _ => null,
        };
    }

    private IEnumerable<IGrouping<string, ResourceKind>> Groups() => All.Where(kind => kind.Group.Length > 0).GroupBy(kind => kind.Group);

    /// <summary>In the list of all, a group does not say what it is.</summary>
    private static JsonNode Bare(JsonObject group)
    {
        group.Remove("kind");
        group.Remove("apiVersion");
        return group;
    }

    private static JsonObject Group(IGrouping<string, ResourceKind> group)
    {
        var versions = group.Select(kind => kind.Version).Distinct()
            .Select(version => new JsonObject { ["groupVersion"] = $"{group.Key}/{version}", ["version"] = version }).ToArray<JsonNode>();
        return new JsonObject
        {
            ["kind"] = "APIGroup",
            ["apiVersion"] = "v1",
            ["name"] = group.Key,
            ["versions"] = new JsonArray(versions),
            ["preferredVersion"] = versions[0].DeepClone(),
        };
    }

    private JsonObject? Resources(string group, string version)
    {
        JsonArray resources = [];
        foreach (var kind in All.Where(kind => kind.Group == group && kind.Version == version))
        {
            resources.Add((JsonNode)Resource(kind, kind.Plural, kind.Singular, kind.Kind, kind.Verbs, kind));
            foreach (var subresource in kind.Subresources)
            {
                var (ofGroup, ofVersion, ofKind, verbs) = SubresourceShape(kind, subresource);
                var entry = Resource(kind, $"{kind.Plural}/{subresource}", "", ofKind, verbs, null);
                if (ofKind != kind.Kind)
                {
                    var at = entry.IndexOf("namespaced") + 1;
                    if (ofGroup.Length > 0)
                    {
                        entry.Insert(at++, "group", ofGroup);
                        entry.Insert(at, "version", ofVersion);
                    }
                }

                resources.Add((JsonNode)entry);
            }
        }

        if (resources.Count == 0)
        {
            return null;
        }

        // The oldest group's list has no apiVersion, and clients have learnt to live with that.
        var list = new JsonObject { ["kind"] = "APIResourceList" };
        if (group.Length > 0)
        {
            list["apiVersion"] = "v1";
        }

        (list["groupVersion"], list["resources"]) = (group.Length == 0 ? version : $"{group}/{version}", resources);
        return list;
    }

    private static JsonObject Resource(
        ResourceKind kind, string name, string singular, string kindName, IReadOnlyList<string> verbs, ResourceKind? named)
    {
        var entry = new JsonObject
        {
            ["name"] = name,
            ["singularName"] = singular,
            ["namespaced"] = kind.IsNamespaced,
            ["kind"] = kindName,
            ["verbs"] = Texts(verbs),
        };
        if (named is { ShortNames.Count: > 0 })
        {
            entry["shortNames"] = Texts(named.ShortNames);
        }

        if (named is { Categories.Count: > 0 })
        {
            entry["categories"] = Texts(named.Categories);
        }

        if (named is not null && StorageHash(named) is { } hash)
        {
            entry["storageVersionHash"] = hash;
        }

        return entry;
    }

    /// <summary>The form in which a kind is stored, as a hash that clients may compare; null for what is not stored.</summary>
    private static string? StorageHash(ResourceKind kind)
    {
        if (!kind.Can("watch"))
        {
            return null;
        }

        var stored = (kind.Group, kind.Plural) switch
        {
            ("events.k8s.io", "events") => "/v1/Event",
            ("apiextensions.k8s.io", _) => $"{kind.Group}/v1beta1/{kind.Kind}",
            ("autoscaling", _) => $"autoscaling/v2/{kind.Kind}",
            _ => $"{kind.Group}/{kind.Version}/{kind.Kind}",
        };
        return Convert.ToBase64String(System.Security.Cryptography.SHA256.HashData(System.Text.Encoding.UTF8.GetBytes(stored)).AsSpan(0, 8));
    }

    private JsonObject GroupDiscovery(bool isCore)
    {
        var items = All.Where(kind => kind.Group.Length == 0 == isCore).GroupBy(kind => kind.Group).Select(group => (JsonNode)new JsonObject
        {
            ["metadata"] = group.Key.Length == 0 ? [] : new JsonObject { ["name"] = group.Key },
            ["versions"] = new JsonArray([.. group.GroupBy(kind => kind.Version).Select(version => (JsonNode)new JsonObject
            {
                ["version"] = version.Key, ["freshness"] = "Current",
                ["resources"] = new JsonArray([.. version.Select(Discovered)]),
            })]),
        });
        return new JsonObject
        {
            ["kind"] = "APIGroupDiscoveryList",
            ["apiVersion"] = "apidiscovery.k8s.io/v2",
            ["metadata"] = new JsonObject(),
            ["items"] = new JsonArray([.. items]),
        };
    }

    private static JsonNode Discovered(ResourceKind kind)
    {
        var entry = new JsonObject
        {
            ["resource"] = kind.Plural,
            ["responseKind"] = GroupVersionKind(kind.Group, kind.Version, kind.Kind),
            ["scope"] = kind.IsNamespaced ? "Namespaced" : "Cluster",
            ["singularResource"] = kind.Singular,
            ["verbs"] = Texts(kind.Verbs),
        };
        if (kind.ShortNames.Count > 0)
        {
            entry["shortNames"] = Texts(kind.ShortNames);
        }

        if (kind.Categories.Count > 0)
        {
            entry["categories"] = Texts(kind.Categories);
        }

        if (kind.Subresources.Count > 0)
        {
            entry["subresources"] = new JsonArray([.. kind.Subresources.Select(name =>
            {
                var (group, version, of, verbs) = SubresourceShape(kind, name);
                return (JsonNode)new JsonObject
                {
                    ["subresource"] = name, ["responseKind"] = GroupVersionKind(group, version, of), ["verbs"] = Texts(verbs),
                };
            })]);
        }

        return entry;
    }

    private static JsonObject GroupVersionKind(string group, string version, string kind) =>
        new() { ["group"] = group, ["version"] = version, ["kind"] = kind };

    private static (string Group, string Version, string Kind, string[] Verbs) SubresourceShape(ResourceKind kind, string subresource) => subresource switch
    {
        "scale" => ("autoscaling", "v1", "Scale", ["get", "patch", "update"]),
        "eviction" => ("policy", "v1", "Eviction", ["create"]),
        "binding" => ("", "v1", "Binding", ["create"]),
        "token" => ("authentication.k8s.io", "v1", "TokenRequest", ["create"]),
        "log" => (kind.Group, kind.Version, kind.Kind, ["get"]),
        "finalize" => (kind.Group, kind.Version, kind.Kind, ["update"]),
        "exec" or "attach" or "portforward" or "proxy" => ("", "v1", kind.Kind + subresource switch
        {
            "exec" => "ExecOptions",
            "attach" => "AttachOptions",
            "portforward" => "PortForwardOptions",
            _ => "ProxyOptions",
        }, subresource == "proxy" ? ["create", "delete", "get", "patch", "update"] : ["create", "get"]),
        _ => (kind.Group, kind.Version, kind.Kind, ["get", "patch", "update"]),
    };

    private static JsonArray Texts(IEnumerable<string> texts) => new([.. texts.Select(text => (JsonNode)text)]);
}
