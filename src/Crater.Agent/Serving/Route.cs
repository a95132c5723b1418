using System.Text.Json.Nodes;

namespace Crater.Agent.Serving;

/// <summary>One thing that the API does: what the router looks up, what a body is checked against, and what the OpenAPI document says.</summary>
internal sealed record Route(string Method, string Path, string Summary, Func<Call, Reply> Answer)
{
    /// <summary>Null where the call takes none.</summary>
    public Shape? Body { get; init; }

    /// <summary>What may stand after the question mark.</summary>
    public IReadOnlyList<QueryParameter> Query { get; init; } = [];

    /// <summary>What is answered when it went well; null for text.</summary>
    public Shape? Result { get; init; }

    /// <summary>The status when it went well.</summary>
    public int Success { get; init; } = 200;

    /// <summary>What can be said instead, beside 401, 429 and 500, which every route can say.</summary>
    public IReadOnlyList<int> Problems { get; init; } = [];

    /// <summary>It puts a fault on or takes one off, so that it stands in the audit log before it is done.</summary>
    public bool IsChange { get; init; }

    /// <summary>It takes a fault off or keeps one from ending by accident; no limit of ours may keep anybody from that.</summary>
    public bool IsUnlimited { get; init; }

    /// <summary>It answers in ChaosMeta's form, problems included.</summary>
    public bool IsChaosMeta { get; init; }
}

/// <summary>One parameter after the question mark.</summary>
internal sealed record QueryParameter(string Name, Shape Shape);

/// <summary>One request, read and checked.</summary>
/// <param name="Body">An empty object where the route takes none.</param>
/// <param name="Abort">Cancelled when whoever asked is gone.</param>
internal sealed record Call(string Caller, JsonObject Body, IReadOnlyDictionary<string, string> Query, CancellationToken Abort)
{
    /// <summary>A text member of the body; empty when it is missing.</summary>
    public string Text(string member) => (string?)Body[member] ?? "";
}

/// <summary>What is answered.</summary>
internal sealed record Reply(int Status, string Content, string ContentType = "application/json; charset=utf-8")
{
    /// <summary>For the audit log: the code of a problem, or what came of it.</summary>
    public string Note { get; init; } = "";

    /// <summary>Of a problem, for a person.</summary>
    public string Message { get; init; } = "";

    public static Reply Json(int status, JsonNode body) => new(status, body.ToJsonString());

    public static Reply Text(string text) => new(200, text, "text/plain; version=0.0.4; charset=utf-8");

    /// <param name="injection">Where the uid stands that was asked for once more.</param>
    public static Reply Problem(int status, string code, string message, JsonObject? injection = null)
    {
        var error = new JsonObject { ["code"] = code, ["message"] = message };
        if (injection is not null)
        {
            error["injection"] = injection;
        }

        return Json(status, new JsonObject { ["error"] = error }) with { Note = code, Message = message };
    }

    public static Reply Problem(AgentException e) => Problem(StatusOf(e), e.Code, e.Message);

    /// <summary>The HTTP status of an ending.</summary>
    public static int StatusOf(AgentException e) => (e.Code, e.Exit) switch
    {
        ("CRT5526", _) => 429,
        ("CRT5541" or "CRT5520" or "CRT5521" or "CRT5522" or "CRT5523" or "CRT5540" or "CRT5662", _) => 503,
        ("CRT5544", _) => 409,
        ("CRT5542", _) => 500,
        (_, ExitCodes.Usage) => 400,
        (_, ExitCodes.Taken) => 409,
        (_, ExitCodes.Unknown) => 404,
        (_, ExitCodes.Host or ExitCodes.NotInjected) => 422,
        _ => 500,
    };
}
