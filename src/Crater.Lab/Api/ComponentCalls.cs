using System.Text.Json.Nodes;

namespace Crater.Lab.Api;

/// <summary>componentstatuses, which nobody stores: the parts of the control plane, that are all this process.</summary>
internal static class ComponentCalls
{
    public const string Kind = "ComponentStatus";

    private static readonly string[] Parts = ["scheduler", "controller-manager", "etcd-0"];

    public static Task AnswerAsync(ApiRequest request, ReadCalls reads)
    {
        if (request.Http.Request.Method is not "GET")
        {
            throw ApiException.MethodNotAllowed();
        }

        if (request.Name.Length == 0)
        {
            return reads.AnswerAsync(request, new ListPage([.. Parts.Select(Part)], 0, "", null));
        }

        return Parts.Contains(request.Name) ? reads.AnswerAsync(request, 200, Part(request.Name)) : throw ApiException.NotFound(request.Kind.Qualified, request.Name);
    }

    private static JsonObject Part(string name) => new()
    {
        ["kind"] = Kind,
        ["apiVersion"] = "v1",
        ["metadata"] = new JsonObject { ["name"] = name },
        ["conditions"] = new JsonArray(new JsonObject { ["type"] = "Healthy", ["status"] = "True", ["message"] = "ok" }),
    };
}
