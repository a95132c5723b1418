using System.Globalization;
using System.Text.Json.Nodes;

namespace Crater.Agent.Serving;

/// <summary>The OpenAPI document, made of the routes that the router itself uses.</summary>
internal static class OpenApiDocument
{
    private static readonly Dictionary<int, string> Words = new()
    {
        [200] = "Done.",
        [201] = "It is in place.",
        [400] = "The request is not right; nothing was done.",
        [401] = "No token, or another one.",
        [404] = "There is nothing of that name.",
        [409] = "Refused because of another injection: the uid was used or recovered before, or the target is held.",
        [413] = "The body is too large.",
        [422] = "It cannot be done here: no permission, no mechanism, no such target. Nothing is changed.",
        [429] = "Too many requests, or too many injections.",
        [500] = "craterd failed; its message says at what.",
        [503] = "The state or the audit log cannot be written, or no process can be started; nothing was touched.",
    };

    public static JsonObject Of(Routes routes)
    {
        var paths = new JsonObject();
        foreach (var path in routes.All.GroupBy(route => route.Path))
        {
            paths[path.Key] = new JsonObject(path.Select(route => KeyValuePair.Create(route.Method.ToLowerInvariant(), (JsonNode?)Operation(route))));
        }

        return new JsonObject
        {
            ["openapi"] = "3.1.0",
            ["info"] = new JsonObject { ["title"] = "craterd", ["version"] = QueryCalls.Version, ["description"] = "Faults on this host, and the proof that they are gone. Durations are texts such as 15s or 500ms." },
            ["security"] = new JsonArray(new JsonObject { ["token"] = new JsonArray() }, new JsonObject { ["certificate"] = new JsonArray() }, new JsonObject()),
            ["components"] = new JsonObject
            {
                ["securitySchemes"] = new JsonObject
                {
                    ["token"] = new JsonObject { ["type"] = "http", ["scheme"] = "bearer" },
                    ["certificate"] = new JsonObject { ["type"] = "mutualTLS" },
                },
                ["schemas"] = new JsonObject { ["Problem"] = Routes.Problem.ToSchema() },
            },
            ["paths"] = paths,
        };
    }

    private static JsonObject Operation(Route route)
    {
        var responses = new JsonObject { [Text(route.Success)] = Response(route.Success, route.Result?.ToSchema()) };
        foreach (var status in route.Problems.Concat([401, 429, 500]).Order())
        {
            responses[Text(status)] = Response(status, route.IsChaosMeta ? ChaosMetaCalls.Answer.ToSchema() : new JsonObject { ["$ref"] = "#/components/schemas/Problem" });
        }

        var operation = new JsonObject { ["summary"] = route.Summary, ["responses"] = responses };
        if (route.Body is not null)
        {
            operation["requestBody"] = new JsonObject { ["required"] = true, ["content"] = Content("application/json", route.Body.ToSchema()) };
        }

        if (route.Query.Count > 0)
        {
            operation["parameters"] = new JsonArray([.. route.Query.Select(parameter =>
                (JsonNode)new JsonObject { ["name"] = parameter.Name, ["in"] = "query", ["required"] = false, ["schema"] = parameter.Shape.ToSchema() })]);
        }

        return operation;
    }

    private static JsonObject Response(int status, JsonObject? schema) => new()
    {
        ["description"] = Words[status],
        ["content"] = schema is null ? Content("text/plain", new JsonObject { ["type"] = "string" }) : Content("application/json", schema),
    };

    private static JsonObject Content(string type, JsonObject schema) => new() { [type] = new JsonObject { ["schema"] = schema } };

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
