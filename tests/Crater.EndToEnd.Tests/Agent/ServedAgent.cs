using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text;
using System.Text.Json.Nodes;
using Crater.EndToEnd.Tests.CommandLine;

namespace Crater.EndToEnd.Tests.Agent;

/// <summary>A craterd that serves, in a playground, and a client at its unix socket. What it is asked to inject goes through the playground's list like any other inject.</summary>
internal sealed class ServedAgent : IDisposable
{
    private readonly Playground _playground;

    private ServedAgent(Playground playground, CraterProcess process, HttpClient client)
    {
        _playground = playground;
        Process = process;
        Client = client;
    }

    public CraterProcess Process { get; }

    public HttpClient Client { get; }

    /// <param name="pauseAt">The step at which the process of that role stops itself; empty for none.</param>
    public static async Task<ServedAgent> StartAsync(Playground playground, string pauseAt = "", params string[] options)
    {
        var process = playground.Start(pauseAt, ["serve", .. options]);
        await process.SaysAsync("craterd serves unix:");
        return new ServedAgent(playground, process, Over(Path.Combine(playground.StateFolder, "craterd.sock")));
    }

    /// <summary>Where it listens beside its socket.</summary>
    public Uri Address(string scheme) => new(Process.Out[Process.Out.IndexOf(scheme + "://", StringComparison.Ordinal)..].Split(' ')[0]);

    public static HttpClient Over(string socket) => new(new SocketsHttpHandler
    {
        // Fewer than craterd takes at one time.
        MaxConnectionsPerServer = 32,
        ConnectCallback = async (_, abort) =>
        {
            var connection = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
            await connection.ConnectAsync(new UnixDomainSocketEndPoint(socket), abort);
            return new NetworkStream(connection, ownsSocket: true);
        },
    })
    { BaseAddress = new Uri("http://craterd") };

    public async Task<(HttpStatusCode Status, JsonNode Body)> GetAsync(string path)
    {
        using var answer = await Client.GetAsync(new Uri(path, UriKind.Relative), Xunit.TestContext.Current.CancellationToken);
        return (answer.StatusCode, await BodyAsync(answer));
    }

    public async Task<(HttpStatusCode Status, JsonNode Body)> PostAsync(string path, JsonObject body)
    {
        Allow(path, body);
        using var content = Content(body.ToJsonString());
        using var answer = await Client.PostAsync(new Uri(path, UriKind.Relative), content, Xunit.TestContext.Current.CancellationToken);
        return (answer.StatusCode, await BodyAsync(answer));
    }

    /// <summary>A little load on one core, which hurts nobody.</summary>
    public Task<(HttpStatusCode Status, JsonNode Body)> InjectAsync(string uid, string timeout = "10m", string lease = "") => PostAsync("/v1/inject", Inject(uid, timeout, lease));

    public static JsonObject Inject(string uid, string timeout = "10m", string lease = "")
    {
        var body = new JsonObject { ["uid"] = uid, ["fault"] = "cpu-burn", ["arguments"] = new JsonObject { ["percent"] = 5, ["count"] = 1 }, ["timeout"] = timeout };
        if (lease.Length > 0)
        {
            body["lease"] = lease;
        }

        return body;
    }

    public static HttpContent Content(string text) => new StringContent(text, Encoding.UTF8, new MediaTypeHeaderValue("application/json"));

    public void Dispose()
    {
        Client.Dispose();
        Process.Dispose();
    }

    public static string Code(JsonNode body) => (string?)body["error"]?["code"] ?? "";

    /// <exception cref="InvalidOperationException">It would touch something that is not this test's.</exception>
    public void Allow(string path, JsonObject body)
    {
        if (!path.EndsWith("/inject", StringComparison.Ordinal))
        {
            return;
        }

        // Ours, or ChaosMeta's two words and its document in a text.
        List<string> line = ["inject", body["target"] is { } target ? $"{target}-{body["fault"]}" : $"{body["fault"]}"];
        var arguments = body["args"] is { } text ? JsonNode.Parse(text.ToString()) : body["arguments"];
        foreach (var (option, value) in arguments as JsonObject ?? [])
        {
            line.AddRange([$"--{option}", value!.ToString()]);
        }

        foreach (var (option, value) in body["place"] as JsonObject ?? [])
        {
            line.AddRange([$"--{option}", value!.ToString()]);
        }

        _playground.Allow(line);
    }

    private static async Task<JsonNode> BodyAsync(HttpResponseMessage answer)
    {
        var text = await answer.Content.ReadAsStringAsync(Xunit.TestContext.Current.CancellationToken);
        return answer.Content.Headers.ContentType?.MediaType == "application/json" ? JsonNode.Parse(text)! : JsonValue.Create(text)!;
    }
}
