using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using Crater.Tests.Load;
using Microsoft.AspNetCore.Http;

namespace Crater.Tests.Experiments.SecretStores;

/// <summary>No Vault: a stand-in that speaks its HTTP API over a real socket: both key-value stores, tokens, AppRole and Kubernetes logins, and its error bodies.</summary>
internal sealed class FakeVaultServer : IAsyncDisposable
{
    public const string Token = "hvs.the-real-token";
    public const string RoleSecret = "role-secret-1234";
    public const string Jwt = "pod.jwt.signed";
    private ScriptedServer? _server;

    public string Address => $"http://{_server!.Url.Authority}";

    public ConcurrentQueue<string> Requests { get; } = new();

    /// <summary>The namespace header of the last request.</summary>
    public string Space { get; private set; } = "";

    public static async Task<FakeVaultServer> StartAsync()
    {
        var fake = new FakeVaultServer();
        fake._server = await ScriptedServer.StartAsync(fake.AnswerAsync);
        return fake;
    }

    public ValueTask DisposeAsync() => _server!.DisposeAsync();

    private async Task AnswerAsync(HttpContext context)
    {
        var path = context.Request.Path.Value!;
        Requests.Enqueue($"{context.Request.Method} {path}");
        Space = context.Request.Headers["X-Vault-Namespace"].ToString();
        var body = context.Request.ContentLength > 0 ? await JsonNode.ParseAsync(context.Request.Body) : null;
        var token = context.Request.Headers["X-Vault-Token"].ToString();
        var (status, answer) = (context.Request.Method, path) switch
        {
            ("POST", "/v1/auth/approle/login") => LogIn((string?)body?["role_id"] == "shop" && (string?)body["secret_id"] == RoleSecret, $"invalid role or secret ID {(string?)body?["secret_id"]}"),
            ("POST", "/v1/auth/kubernetes/login" or "/v1/auth/prod-cluster/login") => LogIn((string?)body?["role"] == "chaos" && (string?)body["jwt"] == Jwt, "service account name not authorized"),
            (_, _) when token != Token => Error(403, "permission denied"),
            ("GET", "/v1/sys/sealed/data/a") => Error(503, "Vault is sealed"),
            ("GET", "/v1/secret/data/foo/bar") => Data(new JsonObject { ["data"] = Secret(), ["metadata"] = new JsonObject { ["version"] = 3 } }),
            ("GET", "/v1/secret/data/deleted") => (404, """{"data":{"data":null,"metadata":{"deletion_time":"2026-01-01T00:00:00Z","version":1}}}"""),
            ("GET", "/v1/kv1/foo/bar") => Data(Secret()),
            ("GET", "/v1/secret/data/slow") => await SlowAsync(context),
            _ => (404, """{"errors":[]}"""),
        };
        context.Response.StatusCode = status;
        context.Response.ContentType = "application/json";
        await context.Response.WriteAsync(answer);
    }

    private static JsonObject Secret() => new() { ["password"] = "pa55-w0rd", ["user"] = "jane", ["port"] = 5432 };

    private static (int, string) Data(JsonNode data) => (200, new JsonObject { ["request_id"] = "1", ["lease_duration"] = 0, ["data"] = data }.ToJsonString());

    private static (int, string) LogIn(bool isKnown, string refusal) =>
        isKnown ? (200, new JsonObject { ["auth"] = new JsonObject { ["client_token"] = Token, ["renewable"] = true } }.ToJsonString()) : Error(400, refusal);

    private static (int, string) Error(int status, string text) => (status, new JsonObject { ["errors"] = new JsonArray(text) }.ToJsonString());

    private static async Task<(int, string)> SlowAsync(HttpContext context)
    {
        try
        {
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, context.RequestAborted);
        }
        catch (OperationCanceledException)
        {
            // The client had enough.
        }

        return (200, "{}");
    }
}
