using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using Crater.Models;
using Crater.Tests.Load;
using Microsoft.AspNetCore.Http;

namespace Crater.Tests.Models.Scripted;

/// <summary>
/// A script in a model's place: real HTTP on a free loopback port, with turns that the test has written. It answers in the shape of the path that is asked, streamed if that is asked for, and
/// keeps every request. When the script is at its end, it says so with status 410.
/// </summary>
internal sealed class ScriptedModelServer : IAsyncDisposable
{
    private readonly ConcurrentQueue<Func<HttpContext, JsonObject, Task>> _turns;
    private ScriptedServer? _server;

    private ScriptedModelServer(IEnumerable<Func<HttpContext, JsonObject, Task>> turns) => _turns = new(turns);

    /// <summary>Bodies as they came in, in order.</summary>
    public ConcurrentQueue<JsonObject> Requests { get; } = new();

    /// <summary>The same, as bytes.</summary>
    public ConcurrentQueue<byte[]> Bytes { get; } = new();

    public ConcurrentQueue<IHeaderDictionary> Headers { get; } = new();

    public Uri Url => new(_server!.Url, "v1/");

    public int TurnsLeft => _turns.Count;

    public static async Task<ScriptedModelServer> StartAsync(params IEnumerable<Func<HttpContext, JsonObject, Task>> turns)
    {
        var script = new ScriptedModelServer(turns);
        script._server = await ScriptedServer.StartAsync(script.AnswerAsync);
        return script;
    }

    public Provider Provider(Protocol protocol = Protocol.OpenAi) => new()
    {
        Name = "script",
        Protocol = protocol,
        Endpoint = Url,
        Model = "script-1",
        Reason = "a test asks",
        Key = new ApiKey("a-key-for-the-script"),
    };

    public ValueTask DisposeAsync() => _server!.DisposeAsync();

    private async Task AnswerAsync(HttpContext context)
    {
        using var body = new MemoryStream();
        await context.Request.Body.CopyToAsync(body);
        var request = (JsonObject)JsonNode.Parse(body.ToArray())!;
        Bytes.Enqueue(body.ToArray());
        Requests.Enqueue(request);
        Headers.Enqueue(new HeaderDictionary(context.Request.Headers.ToDictionary()));
        await (_turns.TryDequeue(out var turn) ? turn(context, request) : Say.Status(410, """{"error":{"message":"the script has ended"}}""")(context, request));
    }
}
