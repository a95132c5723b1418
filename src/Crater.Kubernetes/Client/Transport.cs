using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Crater.Diagnostics;

namespace Crater.Kubernetes.Client;

/// <summary>Sends calls at a limited rate, with a time limit and bounded retries, and knows what the server's clock says.</summary>
internal sealed class Transport
{
    /// <summary>How long one request may take. 15 s: a page of 500 objects from a busy control plane takes a few.</summary>
    public static readonly TimeSpan RequestTimeout = TimeSpan.FromSeconds(15);

    /// <summary>Tries of a read in all; with 0.2 s doubling between them a restart of an API server of about a second is ridden out.</summary>
    private const int TriesMax = 4;

    /// <summary>Tries while the server says that it is busy, which it says before it has done anything. 10, as the official clients.</summary>
    private const int BusyTriesMax = 10;

    private static readonly TimeSpan FirstPause = TimeSpan.FromSeconds(0.2);

    /// <summary>Longest wait for a busy server that does not say for how long. 2 s: one with priority and fairness says 1 s.</summary>
    private static readonly TimeSpan BusyPauseMax = TimeSpan.FromSeconds(2);

    /// <summary>Longest wait that a server's Retry-After can ask of us.</summary>
    private static readonly TimeSpan RetryAfterMax = TimeSpan.FromSeconds(10);

    private readonly HttpClient _http;
    private readonly TimeProvider _clock;
    private readonly ClientOptions _options;
    private readonly RateLimit _rate;
    private readonly Lock _gate = new();
    private DateTimeOffset? _serverTime;
    private long _serverTimeReadAt;

    public Transport(HttpClient http, string context, TimeProvider clock, ClientOptions options)
    {
        _http = http;
        _clock = clock;
        _options = options;
        _rate = new RateLimit(options.RequestsPerSecond, options.Burst, clock);
        Failures = new Failures(http.BaseAddress!, context, options.SignIn, () => ServerNow ?? clock.GetUtcNow());
    }

    public Failures Failures { get; }

    /// <summary>The server's clock, from the Date header of its last answer plus the time since; to the second. Null before the first answer.</summary>
    public DateTimeOffset? ServerNow
    {
        get
        {
            lock (_gate)
            {
                return _serverTime is { } time ? time + _clock.GetElapsedTime(_serverTimeReadAt) : null;
            }
        }
    }

    /// <summary>The answer as JSON.</summary>
    /// <exception cref="KubernetesException">The cluster could not be asked, or said no.</exception>
    public Task<JsonObject> SendAsync(Call call, CancellationToken abort) => RepeatAsync(call, ReadAsync, abort);

    /// <summary>The answer, whose status is a success; its body is still to be read, and the caller disposes of it.</summary>
    public Task<HttpResponseMessage> SendRawAsync(Call call, CancellationToken abort) =>
        RepeatAsync(call, (_, response, _) => Task.FromResult(response), abort);

    private async Task<T> RepeatAsync<T>(Call call, Func<Call, HttpResponseMessage, CancellationToken, Task<T>> read, CancellationToken abort) where T : class
    {
        KubernetesException? lost = null;
        for (var attempt = 1; ; attempt++)
        {
            await _rate.WaitAsync(abort);
            var (answer, failure, asked) = await TryAsync(call, read, abort);
            if (failure is null)
            {
                return answer!;
            }

            // A guarded write that is refused after its first answer was lost may be refused because of itself: what happened is not known.
            if (lost is not null && failure.IsConflict)
            {
                throw lost;
            }

            if (PauseAfter(call, failure, asked, attempt) is not { } pause)
            {
                throw failure;
            }

            lost = call.IsRead || failure.Code == Failures.BusyCode ? lost : failure;
            await Task.Delay(pause, _clock, abort);
        }
    }

    private async Task<(T? Answer, KubernetesException? Failure, TimeSpan? Asked)> TryAsync<T>(
        Call call, Func<Call, HttpResponseMessage, CancellationToken, Task<T>> read, CancellationToken abort) where T : class
    {
        using var limit = new CancellationTokenSource(RequestTimeout, _clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(abort, limit.Token);
        using var request = Request(call);
        HttpResponseMessage? response = null;
        T? answer = null;
        try
        {
            response = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, either.Token);
            Learn(response);
            if (response.IsSuccessStatusCode)
            {
                answer = await read(call, response, either.Token);
                return (answer, null, null);
            }

            var body = await BytesAsync(call, response, either.Token);
            return (null, Failures.Refused(call, response, Encoding.UTF8.GetString(body)), RetryAfter(response));
        }
        catch (KubernetesException e)
        {
            return (null, e, null);
        }
        catch (OperationCanceledException e) when (!abort.IsCancellationRequested)
        {
            return (null, limit.IsCancellationRequested ? Failures.TimedOut(call, RequestTimeout, e) : Failures.NotConnected(call, e), null);
        }
        catch (Exception e) when (NoAnswer.Is(e))
        {
            return (null, Failures.NoAnswer(call, e), null);
        }
        finally
        {
            if (!ReferenceEquals(answer, response))
            {
                response?.Dispose();
            }
        }
    }

    private async Task<JsonObject> ReadAsync(Call call, HttpResponseMessage response, CancellationToken abort)
    {
        var body = await BytesAsync(call, response, abort);
        try
        {
            return JsonNode.Parse(body) as JsonObject ?? throw Failures.NotKubernetes(call, body, inner: null);
        }
        catch (JsonException e)
        {
            throw Failures.NotKubernetes(call, body, e);
        }
    }

    private async Task<byte[]> BytesAsync(Call call, HttpResponseMessage response, CancellationToken abort)
    {
        if (response.Content.Headers.ContentLength > _options.AnswerMax)
        {
            throw Failures.TooLarge(call, _options.AnswerMax);
        }

        using var body = new MemoryStream((int)(response.Content.Headers.ContentLength ?? 0));
        await using var from = await response.Content.ReadAsStreamAsync(abort);
        var buffer = new byte[16 * 1024];
        while (await from.ReadAsync(buffer, abort) is > 0 and var count)
        {
            if (body.Length + count > _options.AnswerMax)
            {
                throw Failures.TooLarge(call, _options.AnswerMax);
            }

            body.Write(buffer, 0, count);
        }

        return body.Length == body.Capacity ? body.GetBuffer() : body.ToArray();
    }

    private static TimeSpan? PauseAfter(Call call, KubernetesException failure, TimeSpan? asked, int attempt)
    {
        var backOff = BackOff.Of(FirstPause, attempt - 1);
        return failure switch
        {
            // An eviction's 429 is a disruption budget's answer, not a busy server's; it belongs to the caller.
            { Code: Failures.BusyCode } when attempt < BusyTriesMax => BackOff.Jittered(asked is { } wish ? Shorter(wish, RetryAfterMax) : Shorter(backOff, BusyPauseMax)),
            { Status: >= 500 } when call.IsRepeatable && attempt < TriesMax => Shorter(asked ?? backOff, RetryAfterMax),
            { Code: "CRT5101" or "CRT5104" } when call.IsRepeatable && attempt < TriesMax => backOff,
            _ => null,
        };
    }

    private TimeSpan? RetryAfter(HttpResponseMessage response) => response.Headers.RetryAfter switch
    {
        { Delta: { } delta } => delta,
        { Date: { } date } when date - (ServerNow ?? date) is var wait => wait > TimeSpan.Zero ? wait : TimeSpan.Zero,
        _ => null,
    };

    private static TimeSpan Shorter(TimeSpan one, TimeSpan other) => one < other ? one : other;

    private HttpRequestMessage Request(Call call)
    {
        var request = new HttpRequestMessage(call.Method, call.Path) { Version = _http.DefaultRequestVersion, VersionPolicy = _http.DefaultVersionPolicy };
        request.Headers.Accept.ParseAdd(call.Accept);
        if (call.Body is { } body)
        {
            request.Content = new ByteArrayContent(Encoding.UTF8.GetBytes(body.ToJsonString()));
            request.Content.Headers.ContentType = new MediaTypeHeaderValue(call.ContentType);
        }

        return request;
    }

    private void Learn(HttpResponseMessage response)
    {
        if (response.Headers.Date is { } date)
        {
            lock (_gate)
            {
                _serverTime = date;
                _serverTimeReadAt = _clock.GetTimestamp();
            }
        }
    }
}
