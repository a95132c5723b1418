using System.Text.Json.Nodes;
using Crater.Lab.Store;

namespace Crater.Lab.Api.Access;

/// <summary>authorization.k8s.io and authentication.k8s.io: may I, may they, what may I, who am I, whose token is this.</summary>
internal sealed class AccessReviews(AccessRules rules, AccountTokens tokens)
{
    /// <summary>Who gives out the tokens of service accounts, as every cluster calls itself by default.</summary>
    public const string Issuer = "https://kubernetes.default.svc.cluster.local";

    public async Task AnswerAsync(ApiRequest request)
    {
        if (request.Http.Request.Method != "POST")
        {
            throw ApiException.MethodNotAllowed();
        }

        var review = await request.BodyAsync();
        if (request.Kind.Kind is "SubjectAccessReview" or "LocalSubjectAccessReview")
        {
            CheckReview(review);
        }

        review["status"] = request.Kind.Kind switch
        {
            "SelfSubjectAccessReview" => Decision(review, request.User),
            "SubjectAccessReview" or "LocalSubjectAccessReview" =>
                Decision(review, AccessRules.Named(review.Text("spec", "user"), review.Texts("spec", "groups"))),
            "SelfSubjectRulesReview" => Rules(request.User, review.Text("spec", "namespace")),
            "TokenReview" => Owner(review.Text("spec", "token")),
            _ => new JsonObject { ["userInfo"] = Info(request.User) },
        };
        await StatusAnswer.WriteAsync(request.Http, 201, review);
    }

    private JsonObject Owner(string token) => tokens.AccountOf(token) is { } account
        ? new JsonObject { ["authenticated"] = true, ["user"] = Info(AccessRules.Named(account, [])), ["audiences"] = new JsonArray(Issuer) }
        : new JsonObject { ["user"] = new JsonObject(), ["error"] = "[invalid bearer token, unknown]" };

    private static JsonObject Info(ApiUser user) => new() { ["username"] = user.Name, ["groups"] = new JsonArray([.. user.Groups.Select(group => (JsonNode)group)]) };

    private JsonObject Decision(JsonObject review, ApiUser user)
    {
        var asked = review.Map("spec", "resourceAttributes");
        var question = asked is not null
            ? new AccessQuestion(user, asked.Text("verb"), asked.Text("group"), asked.Text("resource"), asked.Text("subresource"),
                asked.Text("namespace"), asked.Text("name"))
            : new AccessQuestion(user, review.Text("spec", "nonResourceAttributes", "verb"), "", "", "", "", "")
            {
                Path = review.Text("spec", "nonResourceAttributes", "path"),
            };
        return rules.Reason(question) switch
        {
            null => new JsonObject { ["allowed"] = false },
            "" => new JsonObject { ["allowed"] = true },
            var reason => new JsonObject { ["allowed"] = true, ["reason"] = reason },
        };
    }

    private static void CheckReview(JsonObject review)
    {
        var errors = new Admission.FieldErrors();
        if (review.Map("spec", "resourceAttributes") is null == review.Map("spec", "nonResourceAttributes") is null)
        {
            errors.Invalid("spec.resourceAttributes", null, "exactly one of nonResourceAttributes or resourceAttributes must be specified");
        }

        if (review.Text("spec", "user").Length == 0 && !review.Texts("spec", "groups").Any())
        {
            errors.Invalid("spec.user", "", "at least one of user or group must be specified");
        }

        errors.Throw(new ResourceKind("authorization.k8s.io", "v1", "", "", false), "");
    }

    private JsonObject Rules(ApiUser user, string space)
    {
        var found = rules.RulesOf(user, space).ToList();
        if (user.IsAdmin)
        {
            found.Add(new JsonObject { ["verbs"] = new JsonArray("*"), ["apiGroups"] = new JsonArray("*"), ["resources"] = new JsonArray("*") });
            found.Add(new JsonObject { ["verbs"] = new JsonArray("*"), ["nonResourceURLs"] = new JsonArray("*") });
        }

        return new JsonObject
        {
            ["resourceRules"] = new JsonArray([.. found.Where(rule => rule["resources"] is not null).Select(rule => rule.DeepClone())]),
            ["nonResourceRules"] = new JsonArray([.. found.Where(rule => rule["nonResourceURLs"] is not null).Select(rule => rule.DeepClone())]),
            ["incomplete"] = false,
        };
    }
}
