using System.Text.Json.Nodes;
using Crater.Lab.Store;

namespace Crater.Lab.Api.Admission.Webhooks;

/// <summary>Which webhooks a write concerns.</summary>
internal static class WebhookRules
{
    /// <summary>What could shut its owner out for good is asked of nobody.</summary>
    private static readonly string[] Exempt =
    [
        "validatingwebhookconfigurations", "mutatingwebhookconfigurations", "validatingadmissionpolicies", "validatingadmissionpolicybindings",
        "mutatingadmissionpolicies", "mutatingadmissionpolicybindings",
    ];

    public static bool IsExempt(ResourceKind kind) => kind.Group is "admissionregistration.k8s.io" && Exempt.Contains(kind.Plural);

    /// <returns>The version of the kind that the webhook wants to see; null when it is not concerned.</returns>
    /// <param name="alike">Every version under which the same objects are served.</param>
    public static ResourceKind? Match(JsonObject webhook, AdmissionQuestion question, IEnumerable<ResourceKind> alike, ResourceStore store)
    {
        var rules = webhook.Each("rules").Where(rule => rule.Texts("operations").Any(one => one == "*" || one == question.Operation)
            && IsInScope(rule, question)).ToList();
        var kind = rules.Exists(rule => Names(rule, question.Kind, question.Subresource)) ? question.Kind
            : webhook.Text("matchPolicy") == "Exact" ? null
            : alike.FirstOrDefault(one => rules.Exists(rule => Names(rule, one, question.Subresource)));
        return kind is not null && IsSelected(webhook, question, store) ? kind : null;
    }

    private static bool IsInScope(JsonObject rule, AdmissionQuestion question)
    {
        var isCluster = question.Space.Length == 0 || question.Kind.Kind == "Namespace";
        return rule.Text("scope") switch { "Cluster" => isCluster, "Namespaced" => !isCluster, _ => true };
    }

    private static bool Names(JsonObject rule, ResourceKind kind, string subresource)
    {
        bool Has(string list, string value) => rule.Texts(list).Any(one => one == "*" || one == value);
        return Has("apiGroups", kind.Group) && Has("apiVersions", kind.Version) && rule.Texts("resources").Any(one => Covers(one, kind.Plural, subresource));
    }

    /// <summary><c>pods</c>, <c>pods/status</c>, <c>pods/*</c>, <c>*</c> (no subresource), <c>*/scale</c> or <c>*/*</c>.</summary>
    private static bool Covers(string resource, string plural, string subresource)
    {
        var slash = resource.IndexOf('/', StringComparison.Ordinal);
        var (main, sub) = slash < 0 ? (resource, "") : (resource[..slash], resource[(slash + 1)..]);
        return (main == "*" || main == plural) && (sub == subresource || sub == "*");
    }

    private static bool IsSelected(JsonObject webhook, AdmissionQuestion question, ResourceStore store)
    {
        if (webhook.Map("objectSelector") is { Count: > 0 } objects
            && !new[] { question.Object, question.Old }.Any(one => one is not null && ObjectSelector.Matches(objects, one.Labels())))
        {
            return false;
        }

        if (webhook.Map("namespaceSelector") is not { Count: > 0 } spaces)
        {
            return true;
        }

        var space = question.Kind.Kind == "Namespace" ? question.Object ?? question.Old
            : question.Space.Length > 0 ? store.Peek("namespaces", "", question.Space) : null;
        return space is null || ObjectSelector.Matches(spaces, space.Labels());
    }
}
