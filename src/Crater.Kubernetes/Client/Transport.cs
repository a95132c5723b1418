using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Crater.Diagnostics;

namespace Crater.Kubernetes.Client;

/// <summary>One request to the API: what it does, in the words of RBAC, and where it goes.</summary>
/// <param name="Verb">get, list, watch, create, update, patch or delete.</param>
/// <param name="What">For messages: the resource with its name and namespace.</param>
internal sealed record Call(HttpMethod Method, string Verb, string What, string Path)
{
    public JsonNode? Body { get; init; }

    public string ContentType { get; init; } = "application/json";

    public string Accept { get; init; } = "application/json";

    /// <summary>Reads may be asked again; a write whose answer was lost may not.</summary>
    public bool IsRead => Verb is "get" or "list" or "watch";
}

/// <summary>Sends calls with a time limit and bounded retries, and knows what the server's clock says.</summary>
internal sealed class Transport(HttpClient http, string context, TimeProvider clock)
{
    /// <summary>How long one request may take. 15 s: a page of 500 objects from a busy control plane takes a few.</summary>
    public static readonly TimeSpan RequestTimeout = TimeSpan.FromSeconds(15);

    /// <summary>Tries of a read in all; with 0.2 s doubling between them a restart of an API server of about a second is ridden out.</summary>
    private const int TriesMax = 4;

    /// <summary>Longest wait that a server's Retry-After can ask of us.</summary>
    private static readonly TimeSpan RetryAfterMax = TimeSpan.FromSeconds(10);

    private readonly Lock _gate = new();
    private DateTimeOffset? _serverTime;
    private long _serverTimeReadAt;

    /// <summary>The server's clock, from the Date header of its last answer plus the time since; to the second. Null before the first answer.</summary>
    public DateTimeOffset? ServerNow
    {
        get
        {
            lock (_gate)
            {
                return _serverTime is { } time ? time + clock.GetElapsedTime(_serverTimeReadAt) : null;
            }
        }
    }

    /// <summary>The answer as JSON.</summary>
    /// <exception cref="KubernetesException">The cluster could not be asked, or said no.</exception>
    public async Task<JsonObject> SendAsync(Call call, CancellationToken abort)
    {
        using var response = await SendRawAsync(call, HttpCompletionOption.ResponseContentRead, abort);
        var text = await response.Content.ReadAsStringAsync(abort);
        try
        {
            return JsonNode.Parse(text) as JsonObject ?? throw Failures.NotKubernetes(call, http.BaseAddress!, inner: null);
        }
        catch (JsonException e)
        {
            throw Failures.NotKubernetes(call, http.BaseAddress!, e);
        }
    }

    /// <summary>The answer, whose status is a success; the caller disposes of it.</summary>
    public async Task<HttpResponseMessage> SendRawAsync(Call call, HttpCompletionOption completion, CancellationToken abort)
    {
        for (var attempt = 1; ; attempt++)
        {
            var (response, failure) = await TryAsync(call, completion, abort);
            if (failure is null)
            {
                return response!;
            }

            var wait = attempt < TriesMax ? WaitBefore(call, failure, response, attempt) : null;
            response?.Dispose();
            if (wait is not { } pause)
            {
                throw failure;
            }

            await Task.Delay(pause, clock, abort);
        }
    }

    private async Task<(HttpResponseMessage? Response, KubernetesException? Failure)> TryAsync(
        Call call, HttpCompletionOption completion, CancellationToken abort)
    {
        using var limit = new CancellationTokenSource(RequestTimeout, clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(abort, limit.Token);
        using var request = Request(call);
        try
        {
            var response = await http.SendAsync(request, completion, either.Token);
            Learn(response);
            return response.IsSuccessStatusCode ? (response, null) : (response, await RefusalAsync(call, response, either.Token));
        }
        catch (OperationCanceledException e) when (!abort.IsCancellationRequested)
        {
            return (null, Failures.TimedOut(call, http.BaseAddress!, RequestTimeout, e));
        }
        catch (Exception e) when (NoAnswer.Is(e))
        {
            return (null, Failures.NoAnswer(call, http.BaseAddress!, context, e));
        }
    }

    private async Task<KubernetesException> RefusalAsync(Call call, HttpResponseMessage response, CancellationToken abort)
    {
        var text = await response.Content.ReadAsStringAsync(abort);
        return Failures.Refused(call, http.BaseAddress!, context, response.StatusCode, text);
    }

    private static TimeSpan? WaitBefore(Call call, KubernetesException failure, HttpResponseMessage? response, int attempt)
    {
        var backOff = TimeSpan.FromMilliseconds(200 * Math.Pow(2, attempt - 1));
        return failure.Status switch
        {
            // An eviction's 429 is a disruption budget's answer, not a busy server's; it belongs to the caller.
            429 when response?.Headers.RetryAfter?.Delta is { } asked && failure.Code == Failures.BusyCode =>
                asked < RetryAfterMax ? asked : RetryAfterMax,
            429 when failure.Code == Failures.BusyCode => backOff,
            >= 500 when call.IsRead => backOff,
            0 when call.IsRead && failure.Code is "CRT5101" or "CRT5104" => backOff,
            _ => null,
        };
    }

    private static HttpRequestMessage Request(Call call)
    {
        var request = new HttpRequestMessage(call.Method, call.Path);
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
                _serverTimeReadAt = clock.GetTimestamp();
            }
        }
    }
}
