using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Crater.Diagnostics;
using Crater.Experiments;
using Crater.Runs.Activities.Processes;
using Crater.Targets;

namespace Crater.Runs.Activities;

/// <summary>
/// Sends one request and gives <c>{status, headers, body}</c>. A status of 4xx or 5xx is an answer like any other. The timeout is for the whole of it: a server
/// that sends a byte now and then holds nobody.
/// </summary>
internal sealed class HttpCall(TimeProvider clock)
{
    public async Task<JsonNode?> SendAsync(HttpProvider provider, Substitution values, CancellationToken abort)
    {
        var url = Url(provider, values);
        using var timeout = new CancellationTokenSource(provider.Timeout, clock);
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(abort, timeout.Token);
        using var handler = Handler(provider, timeout);
        var sending = new OneSending();
        handler.PlaintextStreamFilter = sending.FilterAsync;
        using var client = new HttpClient(handler) { Timeout = Timeout.InfiniteTimeSpan };
        for (var tries = provider.MaxRetries; ; tries--)
        {
            sending.Begin();
            try
            {
                using var request = HttpRequests.Make(provider, url, values);
                using var response = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, ending.Token);
                return await ReadAsync(response, ending.Token);
            }
            catch (OperationCanceledException) when (tries > 0 && !ending.IsCancellationRequested)
            {
                // The connection alone took too long.
            }
            catch (OperationCanceledException)
            {
                abort.ThrowIfCancellationRequested();
                throw new ActivityFailedException("CRT2304", $"{url.GetLeftPart(UriPartial.Path)} did not answer within {Durations.Text(provider.Timeout)}.");
            }
            catch (Exception error) when (tries > 0 && (NeverArrived(error) || (IsRepeatable(provider) && NoAnswer.Is(error))))
            {
                // Tries are for connections: a request that was answered is not repeated, nor one that may have arrived and would then be done twice.
            }
            catch (Exception error) when (NoAnswer.Is(error) || error is InvalidOperationException or FormatException)
            {
                throw new ActivityFailedException("CRT2303", $"{url.GetLeftPart(UriPartial.Path)} could not be asked: {error.InnerException?.Message ?? error.Message}");
            }
        }
    }

    private static bool NeverArrived(Exception error) =>
        error is HttpRequestException { HttpRequestError: HttpRequestError.ConnectionError or HttpRequestError.NameResolutionError };

    // The methods of which doing them twice is doing them once; Chaos Toolkit repeats no others either.
    private static bool IsRepeatable(HttpProvider provider) => provider.Method is "GET" or "HEAD" or "PUT" or "DELETE" or "OPTIONS" or "TRACE";

    private static Uri Url(HttpProvider provider, Substitution values)
    {
        var text = values.Text(provider.Url);
        if (!Uri.TryCreate(text, UriKind.Absolute, out var url) || url.Scheme is not ("http" or "https"))
        {
            throw new ActivityFailedException("CRT2313", $"'{text}' is not a url; it must be absolute and begin with http:// or https://. Are its variables declared?");
        }

        return provider.Method != "GET" ? url : values.Apply(provider.Body) switch
        {
            JsonObject query => HttpRequests.WithQuery(url, query),
            JsonValue query when query.TryGetValue<string>(out var ready) => HttpRequests.WithQuery(url, ready),
            _ => url,
        };
    }

    private static SocketsHttpHandler Handler(HttpProvider provider, CancellationTokenSource timeout)
    {
        var handler = new SocketsHttpHandler { AutomaticDecompression = DecompressionMethods.All, UseCookies = false, MaxAutomaticRedirections = 30 };
        if (provider.ConnectTimeout is { } connect)
        {
            handler.ConnectTimeout = connect;
            handler.ConnectCallback = async (context, stop) =>
            {
                var stream = await ConnectAsync(context.DnsEndPoint, stop);
                timeout.CancelAfter(provider.Timeout - connect);        // what connecting did not use is not given to the answer
                return stream;
            };
        }

        if (!provider.VerifyTls)
        {
            // The document says verify_tls: false.
#pragma warning disable CA5359
            handler.SslOptions.RemoteCertificateValidationCallback = (_, _, _, _) => true;
#pragma warning restore CA5359
        }

        return handler;
    }

    private static async ValueTask<Stream> ConnectAsync(DnsEndPoint to, CancellationToken stop)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(to, stop);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private static async Task<JsonNode?> ReadAsync(HttpResponseMessage response, CancellationToken ending)
    {
        var headers = new JsonObject();
        foreach (var (name, entries) in response.Headers.Concat(response.Content.Headers))
        {
            headers[name] = string.Join(", ", entries);
        }

        var body = new KeptOutput(CappedText.OutputMax);
        await using var stream = await response.Content.ReadAsStreamAsync(ending);
        var buffer = new byte[16 * 1024];
        for (int read; !body.IsCut && (read = await stream.ReadAsync(buffer, ending)) > 0;)
        {
            body.Add(buffer.AsSpan(0, read));
        }

        return new JsonObject { ["status"] = (int)response.StatusCode, ["headers"] = headers, ["body"] = Body(response, body.Text(Charset(response))) };
    }

    /// <summary>Null when the server did not say, or said what nobody knows.</summary>
    private static Encoding? Charset(HttpResponseMessage response)
    {
        try
        {
            return response.Content.Headers.ContentType?.CharSet is { Length: > 0 } name ? Encoding.GetEncoding(name.Trim('"')) : null;
        }
        catch (ArgumentException)
        {
            return null;
        }
    }

    // Only this exact type is parsed, as in Chaos Toolkit: documents rely on text for application/json; charset=utf-8.
    private static JsonNode? Body(HttpResponseMessage response, string text)
    {
        if (response.Content.Headers.TryGetValues("Content-Type", out var types) && types.FirstOrDefault() == "application/json")
        {
            try
            {
                return JsonNode.Parse(text);
            }
            catch (JsonException)
            {
                // The text is then what there is.
            }
        }

        return JsonValue.Create(text);
    }
}
