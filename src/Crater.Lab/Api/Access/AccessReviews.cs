using System.Text.Json.Nodes;
using Crater.Lab.Store;

namespace Crater.Lab.Api.Access;

/// <summary>authorization.k8s.io and authentication.k8s.io: may I, may they, what may I, who am I.</summary>
internal sealed class AccessReviews(AccessRules rules)
{
    public async Task AnswerAsync(ApiRequest request)
    {
        if (request.Http.Request.Method != "POST")
        {
            throw ApiException.MethodNotAllowed();
        }

        var review = await request.BodyAsync();
        review["status"] = request.Kind.Kind switch
        {
            "SelfSubjectAccessReview" => Decision(review, request.User),
            "SubjectAccessReview" or "LocalSubjectAccessReview" =>
                Decision(review, AccessRules.Named(review.Text("spec", "user"), review.Texts("spec", "groups"))),
            "SelfSubjectRulesReview" => Rules(request.User, review.Text("spec", "namespace")),
            _ => new JsonObject
            {
                ["userInfo"] = new JsonObject
                {
                    ["username"] = request.User.Name,
                    ["groups"] = new JsonArray([.. request.User.Groups.Select(group => (JsonNode)group)]),
                },
            },
        };
        await StatusAnswer.WriteAsync(request.Http, 201, review);
    }

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
        return new JsonObject { ["allowed"] = rules.Allows(question) };
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
