using System.Net;
using System.Net.Sockets;
using Crater.Diagnostics;

namespace Crater.Load;

/// <summary>How the generator talks HTTP, and what it calls each way in which that can fail.</summary>
internal static class LoadConnections
{
    /// <summary>Connections as a fleet of users has them: kept alive, no proxy, no cookies, no following of redirects.</summary>
    public static SocketsHttpHandler Open(TimeSpan timeout) => new()
    {
        UseProxy = false,
        UseCookies = false,
        AllowAutoRedirect = false,
        AutomaticDecompression = DecompressionMethods.None,
        ConnectTimeout = timeout,
        MaxConnectionsPerServer = int.MaxValue,
        PooledConnectionIdleTimeout = TimeSpan.FromSeconds(30),
    };

    /// <summary>Sends one request and reads the whole answer.</summary>
    /// <returns>Null for a good answer, else what went wrong.</returns>
    public static async Task<ErrorKind?> AskAsync(HttpMessageInvoker client, Scenario scenario, CancellationToken timeout)
    {
        try
        {
            // The invoker may complete synchronously for a connection that is free; yield, so that the arrivals keep their pace.
            await Task.Yield();
            using var request = Request(scenario);
            using var response = await client.SendAsync(request, timeout);
            await response.Content.CopyToAsync(Stream.Null, timeout);
            return (int)response.StatusCode >= 500 ? ErrorKind.ServerError : null;
        }
        catch (OperationCanceledException)
        {
            return ErrorKind.Timeout;
        }
        catch (Exception e) when (NoAnswer.Is(e))
        {
            return Classify(e);
        }
        catch (Exception)
        {
            // A request must never end uncounted; what is left are malformed answers.
            return ErrorKind.Invalid;
        }
    }

    internal static ErrorKind Classify(Exception failure)
    {
        for (var inner = failure; inner is not null; inner = inner.InnerException)
        {
            switch (inner)
            {
                case SocketException { SocketErrorCode: SocketError.ConnectionRefused }:
                    return ErrorKind.Refused;
                case SocketException { SocketErrorCode: SocketError.TimedOut }:
                case OperationCanceledException:
                    return ErrorKind.Timeout;
                case SocketException { SocketErrorCode: SocketError.HostNotFound or SocketError.TryAgain or SocketError.NoData }:
                case SocketException { SocketErrorCode: SocketError.HostUnreachable or SocketError.NetworkUnreachable or SocketError.HostDown }:
                    return ErrorKind.Unreachable;
                case SocketException:
                    return ErrorKind.Reset;
                default:
                    break;
            }
        }

        return failure is HttpRequestException { HttpRequestError: var error } ? Classify(error) : ErrorKind.Reset;
    }

    private static ErrorKind Classify(HttpRequestError error) => error switch
    {
        HttpRequestError.NameResolutionError => ErrorKind.Unreachable,
        HttpRequestError.ConnectionError or HttpRequestError.ResponseEnded => ErrorKind.Reset,
        HttpRequestError.InvalidResponse or HttpRequestError.SecureConnectionError or HttpRequestError.VersionNegotiationError
            or HttpRequestError.ConfigurationLimitExceeded => ErrorKind.Invalid,
        _ => ErrorKind.Reset,
    };

    private static HttpRequestMessage Request(Scenario scenario)
    {
        var request = new HttpRequestMessage(new HttpMethod(scenario.Method), scenario.Url);
        if (scenario.Body is { } body)
        {
            request.Content = new ByteArrayContent(body);
            request.Content.Headers.TryAddWithoutValidation("Content-Type", scenario.ContentType);
        }

        foreach (var (name, value) in scenario.Headers)
        {
            if (!request.Headers.TryAddWithoutValidation(name, value))
            {
                request.Content?.Headers.TryAddWithoutValidation(name, value);
            }
        }

        return request;
    }
}
