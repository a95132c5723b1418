using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text;
using System.Text.Json.Nodes;
using Shop.Hosting;

namespace Shop.Calls;

/// <summary>Calls to one other service, with the habits that the manifest gives them: <c>NAME_URL</c>, <c>NAME_TIMEOUT</c> (default 1s, or <c>none</c>),
/// <c>NAME_RETRIES</c> (default 1, or <c>unlimited</c>) and <c>NAME_POOL</c> (connections, default 32).</summary>
internal sealed class Downstream : IDisposable
{
    private static readonly TimeSpan BackoffFirst = TimeSpan.FromMilliseconds(25);

    private readonly string _name;
    private readonly RoleHost _host;
    private readonly Uri _base;
    private readonly TimeSpan _timeout;
    private readonly int _retries;
    private readonly HttpMessageInvoker _http;
    private readonly RetryBudget _budget = new();

    public Downstream(string name, RoleHost host, string? url = null)
    {
        var prefix = name.ToUpperInvariant().Replace('-', '_');
        _name = name;
        _host = host;
        _base = new Uri(url ?? host.Settings.Text($"{prefix}_URL", "http://127.0.0.1:1"));
        _timeout = host.Settings.Duration($"{prefix}_TIMEOUT", "1s");
        _retries = host.Settings.Count($"{prefix}_RETRIES", 1);
        _http = new HttpMessageInvoker(new SocketsHttpHandler
        {
            MaxConnectionsPerServer = Math.Max(1, host.Settings.Count($"{prefix}_POOL", 32)),
            PooledConnectionLifetime = TimeSpan.FromSeconds(15),    // follow the service's endpoints as they change
            UseCookies = false,
            UseProxy = false,
            AllowAutoRedirect = false,
            ActivityHeadersPropagator = null,
        });
    }

    public Task<Answer> GetAsync(string path, CancellationToken abort) => SendAsync(new Call("GET", path), abort);

    /// <param name="repeatable">The other side does the same thing once, however often it is asked.</param>
    public Task<Answer> PostAsync(string path, JsonNode body, bool repeatable, CancellationToken abort) =>
        SendAsync(new Call("POST", path) { Body = Encoding.UTF8.GetBytes(body.ToJsonString()), Repeatable = repeatable }, abort);

    public async Task<Answer> SendAsync(Call call, CancellationToken abort)
    {
        _budget.Earn();
        for (var attempt = 0; ; attempt++)
        {
            var answer = await TryAsync(call, abort);
            _host.Metrics.Count($"http_client_requests_total{{target=\"{_name}\",code=\"{answer.Status}\"}}");
            if (!answer.IsPassing || !call.Repeatable || attempt >= _retries)
            {
                return answer;
            }

            if (_retries < int.MaxValue)
            {
                if (!_budget.TrySpend())
                {
                    return answer;
                }

                await Task.Delay(Backoff(attempt), _host.Clock, abort);
            }

            abort.ThrowIfCancellationRequested();
            _host.Metrics.Count($"http_client_retries_total{{target=\"{_name}\"}}");
        }
    }

    private async Task<Answer> TryAsync(Call call, CancellationToken abort)
    {
        using var late = new CancellationTokenSource(_timeout, _host.Clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(late.Token, abort);
        using var request = new HttpRequestMessage(new HttpMethod(call.Method), new Uri(_base, call.Path));
        if (call.Body is not null)
        {
            request.Content = new ByteArrayContent(call.Body);
            request.Content.Headers.ContentType = MediaTypeHeaderValue.Parse(call.ContentType);
        }

        if (call.ExpectedVersion is { } version)
        {
            request.Headers.TryAddWithoutValidation("If-Match", $"\"{version}\"");
        }

        foreach (var (name, value) in call.Headers)
        {
            request.Headers.TryAddWithoutValidation(name, value);
        }

        try
        {
            using var response = await _http.SendAsync(request, either.Token);
            var body = await response.Content.ReadAsByteArrayAsync(either.Token);
            _ = long.TryParse(response.Headers.ETag?.Tag.Trim('"'), out var stored);
            return new Answer((int)response.StatusCode, body, response.Content.Headers.ContentType?.ToString() ?? "application/json") { Version = stored };
        }
        catch (OperationCanceledException) when (!abort.IsCancellationRequested)
        {
            return NoAnswer(504, $"{_name} did not answer within {_timeout.TotalMilliseconds:0} ms");
        }
        catch (Exception e) when (e is HttpRequestException or IOException or SocketException)     // the socket's own error comes bare when a peer closes at once
        {
            return NoAnswer(502, $"{_name} cannot be reached");
        }
    }

    private static Answer NoAnswer(int status, string reason) =>
        new(status, Encoding.UTF8.GetBytes(new JsonObject { ["error"] = reason }.ToJsonString()));

    /// <summary>25 ms, doubled each time, with up to as much again by chance, so that callers do not come back together.</summary>
    private TimeSpan Backoff(int attempt)
    {
        lock (_host.Chance)
        {
            return BackoffFirst * (1 << Math.Min(attempt, 6)) * (1 + _host.Chance.NextDouble());
        }
    }

    public void Dispose() => _http.Dispose();
}

/// <summary>One request to another service.</summary>
internal sealed record Call(string Method, string Path)
{
    public byte[]? Body { get; init; }

    public string ContentType { get; init; } = "application/json";

    /// <summary>Only write when the stored document still has this version; null writes whatever is there.</summary>
    public long? ExpectedVersion { get; init; }

    public bool Repeatable { get; init; } = true;

    public IReadOnlyList<(string Name, string Value)> Headers { get; init; } = [];
}
