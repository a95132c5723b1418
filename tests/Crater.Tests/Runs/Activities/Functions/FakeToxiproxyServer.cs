using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using Crater.Tests.Load;
using Microsoft.AspNetCore.Http;

namespace Crater.Tests.Runs.Activities.Functions;

/// <summary>
/// No Toxiproxy: a stand-in that speaks its HTTP API over a real socket, with its status codes, error bodies and strict types, and proxies nothing.
/// </summary>
internal sealed class FakeToxiproxyServer : IAsyncDisposable
{
    private static readonly string[] Types = ["latency", "bandwidth", "slow_close", "timeout", "slicer", "limit_data", "reset_peer"];
    private readonly ConcurrentDictionary<string, JsonObject> _proxies = new();
    private ScriptedServer? _server;
    private int _port = 40000;

    public Uri Url => _server!.Url;

    /// <summary>Every request as <c>METHOD /path</c>.</summary>
    public ConcurrentQueue<string> Requests { get; } = new();

    /// <summary>Answers everything with 500 when set.</summary>
    public bool IsInTrouble { get; set; }

    public static async Task<FakeToxiproxyServer> StartAsync()
    {
        var fake = new FakeToxiproxyServer();
        fake._server = await ScriptedServer.StartAsync(fake.AnswerAsync);
        return fake;
    }

    public JsonObject Proxy(string name) => _proxies[name];

    public JsonObject Toxic(string proxy, string toxic) => Toxics(proxy).OfType<JsonObject>().Single(own => (string?)own["name"] == toxic);

    public JsonArray Toxics(string proxy) => _proxies[proxy]["toxics"]!.AsArray();

    public ValueTask DisposeAsync() => _server!.DisposeAsync();

    private async Task AnswerAsync(HttpContext context)
    {
        var path = context.Request.Path.Value!.TrimStart('/').Split('/');
        Requests.Enqueue($"{context.Request.Method} {context.Request.Path}");
        var body = context.Request.ContentLength > 0 ? await JsonNode.ParseAsync(context.Request.Body) as JsonObject : null;
        var (status, answer) = IsInTrouble ? Error(500, "the disk is on fire") : (context.Request.Method, path) switch
        {
            ("POST", ["reset"]) => Reset(),
            ("POST", ["proxies"]) => Create(body!),
            (_, ["proxies", var name, ..]) when !_proxies.ContainsKey(name) => Error(404, "proxy not found"),
            ("GET", ["proxies", var name]) => (200, _proxies[name].DeepClone()),
            ("POST", ["proxies", var name]) => Update(_proxies[name], body!),
            ("DELETE", ["proxies", var name]) => _proxies.TryRemove(name, out _) ? (204, null) : Error(404, "proxy not found"),
            ("POST", ["proxies", var name, "toxics"]) => Add(Toxics(name), body!),
            ("DELETE", ["proxies", var name, "toxics", var toxic]) => Remove(Toxics(name), toxic),
            _ => Error(404, "no such page"),
        };
        context.Response.StatusCode = status;
        if (answer is not null)
        {
            context.Response.ContentType = "application/json";
            await context.Response.WriteAsync(answer.ToJsonString());
        }
    }

    private (int, JsonNode?) Reset()
    {
        foreach (var proxy in _proxies.Values)
        {
            proxy["enabled"] = true;
            proxy["toxics"] = new JsonArray();
        }

        return (204, null);
    }

    private (int, JsonNode?) Create(JsonObject body)
    {
        if (body["name"]?.GetValue<string>() is not { Length: > 0 } name || body["upstream"]?.GetValue<string>() is not { Length: > 0 } upstream)
        {
            return Error(400, "missing required field");
        }

        var proxy = new JsonObject { ["name"] = name, ["listen"] = Bound(body["listen"]!.GetValue<string>()), ["upstream"] = upstream, ["enabled"] = body["enabled"]!.GetValue<bool>(), ["toxics"] = new JsonArray() };
        return _proxies.TryAdd(name, proxy) ? (201, proxy.DeepClone()) : Error(409, "proxy already exists");
    }

    private (int, JsonNode?) Update(JsonObject proxy, JsonObject body)
    {
        foreach (var name in new[] { "listen", "upstream", "enabled" }.Where(name => body[name] is not null))
        {
            proxy[name] = body[name]!.DeepClone();
        }

        return (200, proxy.DeepClone());
    }

    private static (int, JsonNode?) Add(JsonArray toxics, JsonObject body)
    {
        var refusal = !Types.Contains((string?)body["type"]) ? Error(400, "invalid toxic type")
            : (string?)body["stream"] is not ("upstream" or "downstream") ? Error(400, "stream was invalid, can be either upstream or downstream")
            : toxics.Any(own => (string?)own!["name"] == (string?)body["name"]) ? Error(409, "toxic already exists")
            : body["attributes"] is JsonObject attributes && attributes.Any(pair => pair.Value!.GetValueKind() != System.Text.Json.JsonValueKind.Number) ? Error(400, "bad request body: json: cannot unmarshal string")
            : ((int, JsonNode?)?)null;
        if (refusal is null)
        {
            toxics.Add(body.DeepClone());
        }

        return refusal ?? (200, body);
    }

    private static (int, JsonNode?) Remove(JsonArray toxics, string name) =>
        toxics.FirstOrDefault(own => (string?)own!["name"] == name) is { } toxic && toxics.Remove(toxic) ? (204, null) : Error(404, "toxic not found");

    private string Bound(string listen) => listen.EndsWith(":0", StringComparison.Ordinal) ? $"[::]:{Interlocked.Increment(ref _port)}" : listen;

    private static (int, JsonNode?) Error(int status, string text) => (status, new JsonObject { ["error"] = text, ["status"] = status });
}
