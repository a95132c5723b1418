using System.Net.WebSockets;
using System.Runtime.CompilerServices;
using Crater.Diagnostics;

namespace Crater.Kubernetes.Client;

/// <summary>What goes through the API server to one pod.</summary>
public sealed partial class KubernetesClient
{
    /// <summary>One GET to a pod through the API server. The answer's status is a success; the caller disposes of it.</summary>
    /// <param name="path">Not rooted, with query when there is one.</param>
    public Task<HttpResponseMessage> GetFromPodAsync(string space, string pod, int port, string path, CancellationToken abort) =>
        _transport.SendRawAsync(
            new Call(HttpMethod.Get, "get", new Subject(Resource.Pods, space, pod, "proxy"), $"{Resource.Pods.Path(space, pod)}:{port}/proxy/{path}") { Accept = "*/*" },
            abort);

    /// <summary>The log of a container, line by line; with <see cref="LogQuery.Follow"/> until the container ends or <paramref name="stop"/>.</summary>
    public async IAsyncEnumerable<string> LogAsync(string space, string pod, LogQuery query, [EnumeratorCancellation] CancellationToken stop)
    {
        var call = new Call(HttpMethod.Get, "get", new Subject(Resource.Pods, space, pod, "log"), $"{Resource.Pods.Path(space, pod, "log")}?{query.Text}") { Accept = "*/*" };
        using var response = await _transport.SendRawAsync(call, stop);
        using var lines = new StreamReader(await response.Content.ReadAsStreamAsync(stop));
        while (await NextLineAsync() is { } line)
        {
            yield return line;
        }

        async Task<string?> NextLineAsync()
        {
            try
            {
                return await lines.ReadLineAsync(stop);
            }
            catch (Exception e) when (NoAnswer.Is(e))
            {
                throw _transport.Failures.NoAnswer(call, e);
            }
        }
    }

    /// <summary>Runs a program in a container and copies its streams until it ends.</summary>
    /// <returns>How it ended.</returns>
    /// <exception cref="KubernetesException">CRT5214: it could not be run.</exception>
    public Task<ExecEnd> ExecAsync(string space, string pod, ExecRequest request, ExecStreams streams, CancellationToken abort) =>
        StreamAsync(space, pod, "exec", request, streams, abort);

    /// <summary>Copies the streams of the container's own program until it ends or <paramref name="abort"/>.</summary>
    public Task<ExecEnd> AttachAsync(string space, string pod, ExecRequest request, ExecStreams streams, CancellationToken abort) =>
        StreamAsync(space, pod, "attach", request with { Command = [] }, streams, abort);

    /// <summary>A connection to a port of a pod, which need not be one that it declares. One connection each; dispose of it to close it.</summary>
    public async Task<Stream> ConnectToPodAsync(string space, string pod, int port, CancellationToken abort)
    {
        var call = new Call(HttpMethod.Get, "get", new Subject(Resource.Pods, space, pod, "portforward"), $"{Resource.Pods.Path(space, pod, "portforward")}?ports={port}");
        return new PortStream(await SocketAsync(call, ["v4.channel.k8s.io"], abort), message => Failures.NotRun(call, message));
    }

    private async Task<ExecEnd> StreamAsync(string space, string pod, string how, ExecRequest request, ExecStreams streams, CancellationToken abort)
    {
        var path = $"{Resource.Pods.Path(space, pod, how)}?{request.Query(streams)}";
        var call = new Call(HttpMethod.Get, "get", new Subject(Resource.Pods, space, pod, how), path);
        using var socket = await SocketAsync(call, ["v5.channel.k8s.io", "v4.channel.k8s.io"], abort);
        return await new PodChannels(socket, streams, call, _transport.Failures).RunAsync(abort);
    }

    private async Task<ClientWebSocket> SocketAsync(Call call, IReadOnlyList<string> protocols, CancellationToken abort)
    {
        var socket = new ClientWebSocket();
        socket.Options.CollectHttpResponseDetails = true;
        foreach (var protocol in protocols)
        {
            socket.Options.AddSubProtocol(protocol);
        }

        var address = new UriBuilder(new Uri(_http.BaseAddress!, call.Path));
        address.Scheme = address.Scheme == Uri.UriSchemeHttps ? Uri.UriSchemeWss : Uri.UriSchemeWs;
        using var limit = new CancellationTokenSource(Transport.RequestTimeout, _clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(abort, limit.Token);
        try
        {
            await socket.ConnectAsync(address.Uri, _http, either.Token);
            return socket;
        }
        catch (Exception e) when (e is WebSocketException || (e is OperationCanceledException && !abort.IsCancellationRequested))
        {
            using var _ = socket;
            throw e is OperationCanceledException ? _transport.Failures.TimedOut(call, Transport.RequestTimeout, e)
                : (int)socket.HttpStatusCode is > 0 and not 101 and var status ? _transport.Failures.Refused(call, status, answer: null)
                : _transport.Failures.NoAnswer(call, e);
        }
    }
}
