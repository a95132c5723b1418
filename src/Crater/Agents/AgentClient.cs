using System.Net;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Crater.Diagnostics;
using Crater.Discovery;

namespace Crater.Agents;

/// <summary>One host's craterd, over its HTTP API (docs/agent-api.md). Asks once: what is worth asking again is the caller's to know.</summary>
public sealed class AgentClient : IDisposable
{
    /// <summary>An answer larger than this is no answer of craterd's.</summary>
    private const int AnswerMax = 16 << 20;

    private readonly StackHost _host;
    private readonly Lazy<HttpClient> _http;

    internal AgentClient(StackHost host) : this(host, () => AgentAccess.Open(host))
    {
    }

    private AgentClient(StackHost host, Func<HttpClient> open) => (_host, _http) = (host, new Lazy<HttpClient>(open));

    /// <summary>A craterd that no stack.yaml names.</summary>
    /// <param name="name">The host's, as targets and messages have it.</param>
    /// <param name="address">Where it is, for messages.</param>
    /// <param name="open">Makes the client, with its address and whoever signs in; becomes this one's.</param>
    public static AgentClient Of(string name, string address, Func<HttpClient> open) => new(new StackHost { Name = name, Address = address }, open);

    internal StackHost Host => _host;

    /// <summary>Who answers there: the same text as long as it is the same craterd with the same memory.</summary>
    internal async Task<string> IdentityAsync(CancellationToken abort) =>
        (await GetAsync("/v1/host?part=agent", abort).ConfigureAwait(false))["agent"].Word("id") is { Length: > 0 } id ? id
            : throw NotUnderstood("GET /v1/host", "it does not say which craterd it is", null);

    /// <summary>What runs there now.</summary>
    internal async Task<SeenHost> LookAsync(CancellationToken abort) => SeenHost.From(_host, await GetAsync("/v1/host", abort).ConfigureAwait(false));

    /// <exception cref="CraterException">CRT5710: no answer. CRT5711: not let in. CRT5712: what answers is no craterd. Else craterd's own code.</exception>
    public Task<JsonObject> GetAsync(string path, CancellationToken abort) => SendAsync(HttpMethod.Get, path, null, abort);

    /// <inheritdoc cref="GetAsync"/>
    public Task<JsonObject> PostAsync(string path, JsonObject body, CancellationToken abort) => SendAsync(HttpMethod.Post, path, body, abort);

    public void Dispose()
    {
        if (_http.IsValueCreated)
        {
            _http.Value.Dispose();
        }
    }

    private async Task<JsonObject> SendAsync(HttpMethod method, string path, JsonObject? body, CancellationToken abort)
    {
        var http = _http.Value;
        try
        {
            using var request = new HttpRequestMessage(method, path);
            request.Content = body is null ? null : new StringContent(body.ToJsonString(), Encoding.UTF8, "application/json");
            using var answer = await http.SendAsync(request, abort).ConfigureAwait(false);
            await answer.Content.LoadIntoBufferAsync(AnswerMax, abort).ConfigureAwait(false);
            var text = await answer.Content.ReadAsStringAsync(abort).ConfigureAwait(false);
            return answer.IsSuccessStatusCode
                ? JsonNode.Parse(text) as JsonObject ?? throw new JsonException("it is no object")
                : throw Refusal($"{method} {path.Split('?')[0]}", answer.StatusCode, text);
        }
        catch (JsonException e)
        {
            throw NotUnderstood($"{method} {path.Split('?')[0]}", e.Message, e);
        }
        catch (Exception e) when (NoAnswer.Is(e))
        {
            throw new CraterException("CRT5710", $"craterd on {_host.Name} ({_host.Address}) does not answer: {e.Message} Look whether the host is there and 'craterd serve' runs on it.", e);
        }
    }

    private AgentRefusal Refusal(string call, HttpStatusCode status, string text)
    {
        if (status is HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden)
        {
            return new AgentRefusal("CRT5711", $"craterd on {_host.Name} does not let us in ({(int)status}). Check token_file, certificate and key of that host in stack.yaml.", status, null);
        }

        var error = Parsed(text)?["error"];
        return error.Word("code") is { Length: > 0 } code && code.StartsWith("CRT", StringComparison.Ordinal)
            ? new AgentRefusal(code, $"{_host.Name}: {error.Word("message")}", status, error?["injection"] as JsonObject)
            : new AgentRefusal("CRT5712", $"What answers at {_host.Address} for {_host.Name} is no craterd: {call} got {(int)status}. Check the address in stack.yaml.", status, null);
    }

    private CraterException NotUnderstood(string call, string why, Exception? inner) =>
        new("CRT5712", $"The answer of {_host.Name} ({_host.Address}) to {call} cannot be understood: {why} Check that the address in stack.yaml is craterd's, and that it is not older than this craterctl.", inner);

    private static JsonNode? Parsed(string text)
    {
        try
        {
            return JsonNode.Parse(text);
        }
        catch (JsonException)
        {
            return null;
        }
    }
}

/// <summary>craterd answered, and the answer is no.</summary>
/// <param name="injection">Where the injection of that uid stands, when it is the reason.</param>
internal sealed class AgentRefusal(string code, string message, HttpStatusCode status, JsonObject? injection) : CraterException(code, message)
{
    public HttpStatusCode Status { get; } = status;

    public JsonObject? Injection { get; } = injection;
}
