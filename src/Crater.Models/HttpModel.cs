using System.Net;
using System.Net.Http.Headers;
using System.Text;
using Crater.Diagnostics;
using Crater.Models.Protocols;
using Crater.Models.Safety;

namespace Crater.Models;

/// <summary>
/// A model behind HTTP. Every call is checked against the budget before it is made, every text is searched for secrets before it leaves, every answer is bounded, and what is
/// worth another try is tried again after the pause that the endpoint asks for.
/// </summary>
public sealed class HttpModel : IModel, IDisposable
{
    /// <summary>How often one request is sent at most.</summary>
    public const int TriesMax = 4;

    /// <summary>Who asks for a longer pause is not waited for.</summary>
    public static readonly TimeSpan PauseMax = TimeSpan.FromSeconds(30);

    private static readonly TimeSpan FirstPause = TimeSpan.FromSeconds(1);

    private readonly HttpClient _http;
    private readonly IProtocol _protocol;
    private readonly Spending _spending;
    private readonly TimeProvider _clock;

    /// <param name="handler">How the network is reached; null for the real one. It is disposed of with the model.</param>
    public HttpModel(Provider provider, Spending spending, TimeProvider clock, HttpMessageHandler? handler = null)
    {
        (Provider, _spending, _clock, _protocol) = (provider, spending, clock, IProtocol.Of(provider.Protocol));
        // A redirect would take the key to another host, and a proxy has no business with what stays on this machine.
        _http = new HttpClient(handler ?? new SocketsHttpHandler { AllowAutoRedirect = false, UseProxy = !provider.IsLocal, ConnectTimeout = TimeSpan.FromSeconds(10) })
        {
            Timeout = Timeout.InfiniteTimeSpan,
        };
    }

    public Provider Provider { get; }

    public Spending Spending => _spending;

    /// <summary>The rungs of the ladder that may be tried here, the strongest first.</summary>
    public IReadOnlyList<Rung> Rungs => Provider.Rungs.Count > 0 ? [.. _protocol.Rungs.Where(Provider.Rungs.Contains)] : _protocol.Rungs;

    /// <summary>How many secrets were taken out of what was sent.</summary>
    public int Redactions { get; private set; }

    public async Task<ModelAnswer> AskAsync(ModelRequest request, CancellationToken abort)
    {
        var clean = Redacted(request);
        var pause = FirstPause;
        for (var tries = 1; ; tries++)
        {
            var atMost = TokenEstimate.Of(clean);
            _spending.Allow(atMost);
            var start = _clock.GetTimestamp();
            try
            {
                var read = await SendAsync(clean, abort);
                // Who does not say what it used is counted with the most that it can have been.
                var usage = read.Usage ?? new Usage(atMost.Input, Math.Max(1, TokenEstimate.Of(read.Text) + read.ToolCalls.Sum(call => TokenEstimate.Of(call.Arguments))), IsEstimate: true);
                _spending.Charge(usage);
                return new ModelAnswer
                {
                    Text = read.Text,
                    ToolCalls = read.ToolCalls,
                    Finish = read.Finish,
                    Refusal = read.Refusal,
                    Usage = usage,
                    Model = read.Model,
                    Latency = _clock.GetElapsedTime(start),
                    Tries = tries,
                };
            }
            catch (CallFailure failure)
            {
                _spending.Charge(failure.MayBePaid ? atMost : Usage.None);
                var wait = failure.RetryAfter ?? pause;
                if (!failure.MayPass || tries == TriesMax || wait > PauseMax || wait > _spending.TimeLeft)
                {
                    throw failure.Final(tries);
                }

                await Task.Delay(wait, _clock, abort);
                pause *= 2;
            }
        }
    }

    public void Dispose() => _http.Dispose();

    private async Task<ReadAnswer> SendAsync(ModelRequest request, CancellationToken abort)
    {
        var limit = Provider.Timeout < _spending.TimeLeft ? Provider.Timeout : _spending.TimeLeft;
        using var late = new CancellationTokenSource(limit, _clock);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(late.Token, abort);
        try
        {
            using var message = Message(request);
            using var response = await _http.SendAsync(message, HttpCompletionOption.ResponseHeadersRead, stop.Token);
            await using var body = await response.Content.ReadAsStreamAsync(stop.Token);
            if (response.StatusCode != HttpStatusCode.OK)
            {
                throw CallFailure.Of(Provider, response, await Body.ErrorTextAsync(body, stop.Token), _clock);
            }

            return request.Stream && response.Content.Headers.ContentType?.MediaType == "text/event-stream"
                ? await Body.ReadEventsAsync(body, _protocol.Streaming(), Provider, stop.Token)
                : Read(await Body.ReadTextAsync(body, Provider, stop.Token), response.Content.Headers.ContentType);
        }
        catch (OperationCanceledException) when (!abort.IsCancellationRequested)
        {
            throw CallFailure.Late(Provider, limit);
        }
        catch (Exception error) when (error is HttpRequestException or IOException)
        {
            throw CallFailure.Unreachable(Provider, error);
        }
    }

    private HttpRequestMessage Message(ModelRequest request)
    {
        var address = new UriBuilder(Provider.Endpoint);
        address.Path = $"{address.Path.TrimEnd('/')}/{_protocol.Path}";
        var message = new HttpRequestMessage(HttpMethod.Post, address.Uri)
        {
            Content = new ByteArrayContent(Encoding.UTF8.GetBytes(_protocol.Write(request, Provider).ToJsonString())),
        };
        message.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        foreach (var (name, value) in _protocol.Headers(Provider))
        {
            message.Headers.TryAddWithoutValidation(name, value);
        }

        return message;
    }

    private ReadAnswer Read(string text, MediaTypeHeaderValue? type)
    {
        try
        {
            return _protocol.Read(Json.TryParse(text) ?? throw new FormatException($"it is {(Body.LooksLikeHtml(text) ? "HTML" : type?.MediaType ?? "something")}, and no JSON"));
        }
        catch (FormatException error)
        {
            throw CallFailure.NoModel(Provider, error.Message);
        }
    }

    /// <summary>The last gate: whatever wrote the request, no secret leaves.</summary>
    private ModelRequest Redacted(ModelRequest request) => request with
    {
        Messages =
        [
            .. request.Messages.Select(message => message with
            {
                Text = Clean(message.Text),
                ToolCalls = [.. message.ToolCalls.Select(call => call with { Arguments = Clean(call.Arguments) })],
            }),
        ],
    };

    private string Clean(string text)
    {
        var (clean, found) = Redaction.Counted(text);
        Redactions += found;
        return clean;
    }
}
