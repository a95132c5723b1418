using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Crater.EndToEnd.Tests.Conformance;

/// <summary>
/// The service on loopback that the corpus' documents talk to: <c>/status/N</c>, <c>/text</c>, <c>/json</c>, <c>/json-charset</c>, <c>/echo</c> (what was asked),
/// <c>/slow</c> (3 s), <c>/closed</c> (no answer), <c>/flaky/WORD/N</c> (no answer N times), <c>/v1</c> (a Vault), and <c>/corpus/PATH?as=TYPE&amp;needs=AUTHORIZATION</c>.
/// </summary>
internal sealed class CorpusServer : IAsyncDisposable
{
    private const string Cart = """{"name": "cart", "open": true, "items": [{"id": 1, "price": 9.5}, {"id": 2, "price": 12}]}""";
    private const string Login = """{"auth": {"client_token": "let-me-in"}}""";
    private const string Kept = """{"user": "ada-of-the-vault", "password": "lovelace-of-the-vault"}""";
    private static readonly TimeSpan Slow = TimeSpan.FromSeconds(3);

    private readonly WebApplication _app;
    private readonly System.Collections.Concurrent.ConcurrentDictionary<string, int> _asked = new();

    private CorpusServer(WebApplication app) => _app = app;

    public string Url => _app.Urls.First();

    public static async Task<CorpusServer> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        var server = new CorpusServer(builder.Build());
        server._app.Urls.Add("http://127.0.0.1:0");
        server._app.Run(server.AnswerAsync);
        await server._app.StartAsync();
        return server;
    }

    public async ValueTask DisposeAsync() => await _app.DisposeAsync();

    private async Task AnswerAsync(HttpContext context)
    {
        var path = context.Request.Path.Value!;
        var parts = path.Trim('/').Split('/');
        switch (parts[0])
        {
            case "status":
                await WriteAsync(context, int.Parse(parts[1]), "text/plain", parts[1]);
                break;
            case "text":
                context.Response.Headers["X-Served-By"] = "the corpus";
                await WriteAsync(context, 200, "text/plain", "all is well");
                break;
            case "json":
                await WriteAsync(context, 200, "application/json", Cart);
                break;
            case "json-charset":
                await WriteAsync(context, 200, "application/json; charset=utf-8", Cart);
                break;
            case "echo":
                await EchoAsync(context);
                break;
            case "slow":
                await Task.Delay(Slow, TimeProvider.System, context.RequestAborted).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                await WriteAsync(context, 200, "text/plain", "late");
                break;
            case "flaky" when _asked.AddOrUpdate(path, 1, (_, times) => times + 1) is var times && times > int.Parse(parts[2]):
                await WriteAsync(context, 200, "text/plain", $"{times}");
                break;
            case "flaky" or "closed":
                context.Abort();
                break;
            case "v1":
                await VaultAsync(context, path);
                break;
            case "corpus":
                await DocumentAsync(context, Path.Combine(Expectation.Corpus, Path.Combine(parts[1..])));
                break;
            default:
                await WriteAsync(context, 404, "text/plain", "nothing here");
                break;
        }
    }

    private static async Task EchoAsync(HttpContext context)
    {
        using var reader = new StreamReader(context.Request.Body);
        var body = await reader.ReadToEndAsync(context.RequestAborted);
        var answer = new JsonObject
        {
            ["method"] = context.Request.Method,
            ["query"] = new JsonObject(context.Request.Query.Select(pair => KeyValuePair.Create(pair.Key, (JsonNode?)new JsonArray([.. pair.Value.Select(item => (JsonNode?)item)])))),
            ["type"] = context.Request.ContentType,
            ["asked"] = (string?)context.Request.Headers["X-Asked"],
            ["body"] = context.Request.ContentType == "application/json" && body.Length > 0 ? JsonNode.Parse(body) : body,
        };
        await WriteAsync(context, 200, "application/json", answer.ToJsonString());
    }

    private static async Task VaultAsync(HttpContext context, string path)
    {
        using var reader = new StreamReader(context.Request.Body);
        var body = await reader.ReadToEndAsync(context.RequestAborted);
        var asked = body.Length > 0 ? JsonNode.Parse(body)! : new JsonObject();
        var mayEnter = path switch
        {
            "/v1/auth/approle/login" => (string?)asked["role_id"] == "shop" && (string?)asked["secret_id"] == "of-the-shop",
            "/v1/auth/kubernetes/login" => (string?)asked["role"] == "shop" && (string?)asked["jwt"] == "jwt-of-the-shop",
            _ => context.Request.Headers["X-Vault-Token"] == "let-me-in",
        };
        var (status, text) = path switch
        {
            _ when !mayEnter => (403, """{"errors": ["permission denied"]}"""),
            _ when path.EndsWith("/login", StringComparison.Ordinal) => (200, Login),
            "/v1/secret/data/app" => (200, "{\"data\": {\"data\": " + Kept + ", \"metadata\": {\"version\": 1}}}"),
            "/v1/kv1/app" => (200, "{\"data\": " + Kept + "}"),
            _ => (404, """{"errors": []}"""),
        };
        await WriteAsync(context, status, "application/json", text);
    }

    private static Task DocumentAsync(HttpContext context, string file) => (string?)context.Request.Query["needs"] switch
    {
        { } needs when context.Request.Headers.Authorization != needs => WriteAsync(context, 401, "text/plain", "not for you"),
        _ when !File.Exists(file) => WriteAsync(context, 404, "text/plain", "no such document"),
        _ => WriteAsync(context, 200, context.Request.Query["as"]!, File.ReadAllText(file)),
    };

    private static async Task WriteAsync(HttpContext context, int status, string type, string text)
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = type;
        await context.Response.WriteAsync(text, context.RequestAborted);
    }
}
