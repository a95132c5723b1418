using System.Net.Sockets;
using System.Net;
using System.Text.Json.Nodes;
using Crater.Lab.Spawning;
using Crater.Lab.Store;

namespace Crater.Lab.Nodes;

/// <summary>Asks one container one question: HTTP, TCP or exec. It goes straight to the pod, as the kubelet on its node does.</summary>
internal sealed class Prober(Machine machine) : IDisposable
{
    private readonly HttpClient _http = new(new SocketsHttpHandler
    {
        AllowAutoRedirect = false,
        PooledConnectionLifetime = TimeSpan.Zero,
        UseProxy = false,
#pragma warning disable CA5359 // A probe asks whether the program answers, not who it is: the kubelet skips the check too.
        SslOptions = new() { RemoteCertificateValidationCallback = (_, _, _, _) => true },
#pragma warning restore CA5359
    })
    {
        Timeout = Timeout.InfiniteTimeSpan,
    };

    /// <returns>Empty when it succeeded; else why it failed, in the kubelet's words.</returns>
    public async Task<string> AskAsync(ProbeSpec probe, JsonObject container, string address, Func<IReadOnlyList<string>, SpawnRequest> inContainer, CancellationToken stop)
    {
        using var patience = new CancellationTokenSource(probe.Timeout, machine.Clock);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(stop, patience.Token);
        try
        {
            return probe.Action switch
            {
                _ when probe.Action.At("httpGet") is { } get => await GetAsync(get, container, address, limit.Token).ConfigureAwait(false),
                _ when probe.Action.At("tcpSocket") is { } tcp => await ConnectAsync(tcp, container, address, limit.Token).ConfigureAwait(false),
                _ when probe.Action.At("exec") is { } exec => await ExecuteAsync(inContainer([.. exec.Texts("command")]), limit.Token).ConfigureAwait(false),
                _ => "this kind of probe is not supported by the lab; use httpGet, tcpSocket or exec",
            };
        }
        catch (OperationCanceledException) when (!stop.IsCancellationRequested)
        {
            return $"timeout: no answer within {probe.Timeout.TotalSeconds:0}s";
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            return e.InnerException is SocketException inner ? $"dial tcp {address}: {inner.Message}" : e.Message;
        }
    }

    public async Task<string> GetAsync(JsonNode get, JsonObject container, string address, CancellationToken limit)
    {
        var host = get.Text("host") is { Length: > 0 } given ? given : address;
        var scheme = get.Text("scheme") == "HTTPS" ? "https" : "http";
        var path = get.Text("path") is { Length: > 0 } asked ? asked : "/";
        var url = new Uri($"{scheme}://{host}:{ProbeSpec.PortOf(get.At("port"), container)}{(path.StartsWith('/') ? "" : "/")}{path}");
        using var request = new HttpRequestMessage(HttpMethod.Get, url);
        request.Headers.TryAddWithoutValidation("User-Agent", "kube-probe/1.32");
        foreach (var header in get.Each("httpHeaders"))
        {
            request.Headers.TryAddWithoutValidation(header.Text("name"), header.Text("value"));
        }

        using var answer = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, limit).ConfigureAwait(false);
        return (int)answer.StatusCode is >= 200 and < 400 ? "" : $"HTTP probe failed with statuscode: {(int)answer.StatusCode}";
    }

    /// <summary>Runs a program of the container to its end.</summary>
    public async Task<string> ExecuteAsync(SpawnRequest request, CancellationToken limit)
    {
        var process = await machine.Spawner.StartAsync(request).ConfigureAwait(false);
        machine.Logs.Follow(process.Output, null);
        try
        {
            var exit = await process.Exited.WaitAsync(limit).ConfigureAwait(false);
            return exit.Code == 0 ? "" : $"command exited with {exit.Code}";
        }
        finally
        {
            await ProcessTree.KillAsync(process.Id, machine.Clock).ConfigureAwait(false);
        }
    }

    public void Dispose() => _http.Dispose();

    private static async Task<string> ConnectAsync(JsonNode tcp, JsonObject container, string address, CancellationToken limit)
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        var host = tcp.Text("host") is { Length: > 0 } given ? given : address;
        await socket.ConnectAsync(IPEndPoint.Parse($"{host}:{ProbeSpec.PortOf(tcp.At("port"), container)}"), limit).ConfigureAwait(false);
        return "";
    }
}
