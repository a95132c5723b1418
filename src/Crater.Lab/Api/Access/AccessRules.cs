using System.Text.Json.Nodes;
using Crater.Lab.Store;
using Microsoft.AspNetCore.Http;

namespace Crater.Lab.Api.Access;

/// <summary>What is asked of the rules: who wants to do what to which resource, or (non-resource) path.</summary>
internal sealed record AccessQuestion(ApiUser User, string Verb, string Group, string Resource, string Subresource, string Space, string Name)
{
    public string Path { get; init; } = "";

    public string FullResource => Subresource.Length > 0 ? $"{Resource}/{Subresource}" : Resource;
}

/// <summary>Role-based access for impersonated users; the owner of the token may do everything.</summary>
internal sealed class AccessRules(ResourceStore store)
{
    /// <summary>Where the server notes the service account whose token a request has brought.</summary>
    public const string AccountItem = "crater.account";

    /// <summary>The user of the token, or the one whom Impersonate-User names; only the owner of the lab may name one.</summary>
    /// <exception cref="ApiException">Forbidden: a service account wants to be somebody else.</exception>
    public static ApiUser UserOf(HttpContext http)
    {
        if (http.Items.TryGetValue(AccountItem, out var account))
        {
            return http.Request.Headers.TryGetValue("Impersonate-User", out var other)
                ? throw new ApiException(403, "Forbidden", $"users \"{other}\" is forbidden: User \"{account}\" cannot impersonate "
                    + "resource \"users\" in API group \"\" at the cluster scope")
                : Named((string)account!, []);
        }

        var name = http.Request.Headers["Impersonate-User"].ToString();
        return name.Length == 0 ? ApiUser.Admin : Named(name, http.Request.Headers["Impersonate-Group"].OfType<string>());
    }

    public static ApiUser Named(string name, IEnumerable<string> groups)
    {
        var all = groups.ToList();
        if (name.StartsWith("system:serviceaccount:", StringComparison.Ordinal) && name.Split(':') is [_, _, var space, _])
        {
            all.AddRange(["system:serviceaccounts", $"system:serviceaccounts:{space}"]);
        }

        all.Add("system:authenticated");
        return new ApiUser(name, all);
    }

    /// <exception cref="ApiException">Forbidden, in Kubernetes' words.</exception>
    public void Check(ApiRequest request, string verb)
    {
        if (request.User.IsAdmin || request.Kind.Kind is "SelfSubjectReview" or "SelfSubjectAccessReview" or "SelfSubjectRulesReview")
        {
            return;
        }

        var question = new AccessQuestion(request.User, verb, request.Kind.Group, request.Kind.Plural, request.Subresource, request.Space, request.Name);
        if (!Allows(question))
        {
            var where = request.Space.Length > 0 ? $"in the namespace \"{request.Space}\"" : "at the cluster scope";
            var what = request.Name.Length > 0 ? $"{request.Kind.Qualified} \"{request.Name}\"" : request.Kind.Qualified;
            throw new ApiException(403, "Forbidden", $"{what} is forbidden: User \"{request.User.Name}\" cannot {verb} "
                + $"resource \"{question.FullResource}\" in API group \"{request.Kind.Group}\" {where}")
            {
                Details = new JsonObject { ["name"] = request.Name, ["group"] = request.Kind.Group, ["kind"] = request.Kind.Plural },
            };
        }
    }

    /// <exception cref="ApiException">Forbidden: a path that is no resource.</exception>
    public void CheckPath(ApiUser user, string path, string verb)
    {
        if (!Allows(new AccessQuestion(user, verb, "", "", "", "", "") { Path = path }))
        {
            throw new ApiException(403, "Forbidden", $"forbidden: User \"{user.Name}\" cannot {verb} path \"{path}\"") { Details = [] };
        }
    }

    public bool Allows(AccessQuestion question) => question.User.IsAdmin || RulesOf(question.User, question.Space).Any(rule => Covers(rule, question));

    /// <summary>Why the rules allow it, in the real server's words: "" for whom everything is allowed; null where they do not.</summary>
    public string? Reason(AccessQuestion question)
    {
        if (question.User.IsAdmin)
        {
            return "";
        }

        foreach (var (binding, rule) in Bound(question.User, question.Space))
        {
            if (Covers(rule, question))
            {
                var subject = binding.Each("subjects").First(one => Names(one, question.User, binding));
                var of = subject.Text("kind") == "ServiceAccount" ? $"{subject.Text("name")}/{subject.Text("namespace")}" : subject.Text("name");
                var (kind, place) = binding.Space().Length > 0 ? ("RoleBinding", $"{binding.Name()}/{binding.Space()}") : ("ClusterRoleBinding", binding.Name());
                return $"RBAC: allowed by {kind} \"{place}\" of {binding.Text("roleRef", "kind")} \"{binding.Text("roleRef", "name")}\" to {subject.Text("kind")} \"{of}\"";
            }
        }

        return null;
    }

    /// <summary>Every rule that a binding gives the user in a namespace ("": cluster-wide alone).</summary>
    public IEnumerable<JsonObject> RulesOf(ApiUser user, string space) => Bound(user, space).Select(one => one.Rule);

    private IEnumerable<(JsonObject Binding, JsonObject Rule)> Bound(ApiUser user, string space)
    {
        var cluster = store.Scan("clusterrolebindings.rbac.authorization.k8s.io").Items;
        var local = space.Length > 0 ? store.Scan("rolebindings.rbac.authorization.k8s.io", space).Items : [];
        foreach (var binding in cluster.Concat(local).Where(binding => binding.Each("subjects").Any(subject => Names(subject, user, binding))))
        {
            var isClusterRole = binding.Text("roleRef", "kind") == "ClusterRole";
            var role = store.Peek(isClusterRole ? "clusterroles.rbac.authorization.k8s.io" : "roles.rbac.authorization.k8s.io",
                isClusterRole ? "" : binding.Space(), binding.Text("roleRef", "name"));
            foreach (var rule in role.Each("rules"))
            {
                yield return (binding, rule);
            }
        }
    }

    private static bool Names(JsonObject subject, ApiUser user, JsonObject binding)
    {
        var space = subject.Text("namespace") is { Length: > 0 } named ? named : binding.Space();
        return subject.Text("kind") switch
        {
            "User" => subject.Text("name") == user.Name,
            "Group" => user.Groups.Contains(subject.Text("name")),
            "ServiceAccount" => user.Name == $"system:serviceaccount:{space}:{subject.Text("name")}",
            _ => false,
        };
    }

    private static bool Covers(JsonObject rule, AccessQuestion question)
    {
        bool Has(string list, string value) => rule.Texts(list).Any(one => one == "*" || one == value);
        if (!Has("verbs", question.Verb))
        {
            return false;
        }

        if (question.Path.Length > 0)
        {
            return rule.Texts("nonResourceURLs").Any(url => url == "*" || url == question.Path
                || (url.EndsWith('*') && question.Path.StartsWith(url[..^1], StringComparison.Ordinal)));
        }

        return Has("apiGroups", question.Group)
            && (Has("resources", question.FullResource) || (question.Subresource.Length > 0 && Has("resources", "*/" + question.Subresource)))
            && (!rule.Texts("resourceNames").Any() || rule.Texts("resourceNames").Contains(question.Name));
    }
}
