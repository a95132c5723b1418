using System.Text.Json.Nodes;
using Crater.Lab.Api.Access;
using Crater.Lab.Store;

namespace Crater.Lab.Api.Admission.Webhooks;

/// <summary>What a webhook is asked about: one write that somebody wants.</summary>
/// <param name="Operation">CREATE, UPDATE or DELETE.</param>
/// <param name="Object">The object as it is to be, in the version of <paramref name="Kind"/>; null for a deletion.</param>
/// <param name="Old">The object as it is; null for a creation.</param>
internal sealed record AdmissionQuestion(
    ResourceKind Kind, string Space, string Name, string Subresource, string Operation, JsonObject? Object, JsonObject? Old, ApiUser User)
{
    public bool IsDryRun { get; init; }

    /// <summary>The options of the request, without kind and version.</summary>
    public JsonObject Options { get; init; } = [];

    /// <summary>The request in the admission.k8s.io/v1 form, with the object in the version that the webhook's rule names.</summary>
    public JsonObject Review(string uid, ResourceKind asked)
    {
        var options = Options.DeepClone().AsObject();
        options["kind"] = Operation switch { "CREATE" => "CreateOptions", "DELETE" => "DeleteOptions", _ => "UpdateOptions" };
        options["apiVersion"] = "meta.k8s.io/v1";
        var request = new JsonObject
        {
            ["uid"] = uid,
            ["kind"] = KindOf(asked),
            ["resource"] = ResourceOf(asked),
            ["requestKind"] = KindOf(Kind),
            ["requestResource"] = ResourceOf(Kind),
            ["operation"] = Operation,
            ["userInfo"] = new JsonObject
            {
                ["username"] = User.Name,
                ["groups"] = new JsonArray([.. User.Groups.Select(group => (JsonNode)group)]),
            },
            ["object"] = In(asked, Object),
            ["oldObject"] = In(asked, Old),
            ["dryRun"] = IsDryRun,
            ["options"] = options,
        };
        if (Subresource.Length > 0)
        {
            (request["subResource"], request["requestSubResource"]) = (Subresource, Subresource);
        }

        if (Name.Length > 0)
        {
            request["name"] = Name;
        }

        if (Space.Length > 0)
        {
            request["namespace"] = Space;
        }

        return new JsonObject { ["kind"] = "AdmissionReview", ["apiVersion"] = "admission.k8s.io/v1", ["request"] = request };
    }

    /// <summary>An object of the request in another version of its kind.</summary>
    public JsonObject? In(ResourceKind asked, JsonObject? served) => served is null ? null
        : asked == Kind ? served.DeepClone().AsObject() : Between(Kind, asked, served);

    public static JsonObject Between(ResourceKind from, ResourceKind to, JsonObject served) =>
        Conversion.ToServed(to, Conversion.ToStored(from, served.DeepClone().AsObject())).DeepClone().AsObject();

    private static JsonObject KindOf(ResourceKind kind) => new() { ["group"] = kind.Group, ["version"] = kind.Version, ["kind"] = kind.Kind };

    private static JsonObject ResourceOf(ResourceKind kind) => new() { ["group"] = kind.Group, ["version"] = kind.Version, ["resource"] = kind.Plural };
}
