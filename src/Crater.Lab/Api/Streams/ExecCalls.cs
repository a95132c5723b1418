using System.Net.WebSockets;
using System.Text.Json.Nodes;
using Crater.Lab.Store;

namespace Crater.Lab.Api.Streams;

/// <summary>exec: a program in a container, with its streams over a WebSocket; attach: what a container writes from now on.</summary>
internal sealed class ExecCalls(ResourceStore store, IPodRuntime runtime, TimeProvider clock)
{
    private const string DefaultContainer = "kubectl.kubernetes.io/default-container";

    /// <summary>How long what a program has left open may keep its output after its end.</summary>
    private static readonly TimeSpan OutputPatience = TimeSpan.FromSeconds(1);

    private static readonly string[] Protocols = ["v5.channel.k8s.io", "v4.channel.k8s.io"];

    public async Task ExecuteAsync(ApiRequest request, CancellationToken stopping)
    {
        var container = ContainerOf(request);
        var query = request.Http.Request.Query;
        IReadOnlyList<string> command = [.. query["command"].OfType<string>()];
        if (command.Count == 0)
        {
            throw ApiException.BadRequest("you must specify at least 1 command for the container");
        }

        var access = runtime as IContainerAccess ?? throw new ApiException(501, "NotImplemented", "CRT6010: the pods here have no processes to run it in");
        var (socket, _) = await StreamChannels.AcceptAsync(request.Http, Protocols);
        using var channels = new StreamChannels(socket);
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(stopping, request.Http.RequestAborted);
        IContainerProcess process;
        try
        {
            process = await access.ExecuteAsync(new ExecRequest(request.Space, request.Name, container, command, request.QueryFlag("tty")));
        }
        catch (ApiException refused)
        {
            // The connection is upgraded by now: what went wrong is said on the stream for that.
            await channels.SendAsync(StreamChannels.Status, refused.ToJson(), ended.Token);
            await channels.EndAsync(ended.Token);
            return;
        }

        await using var running = process;
        if (!request.QueryFlag("stdin") && !request.QueryFlag("tty"))
        {
            await process.Input.DisposeAsync();
        }

        var receiving = ReceiveAsync(channels, process, ended.Token);
        await RunAsync(channels, process, command, receiving, ended.Token);
        await ended.CancelAsync();
        await receiving.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    /// <summary>A container's input is nobody's here, so that attach is its output from now on.</summary>
    public async Task AttachAsync(ApiRequest request, CancellationToken stopping)
    {
        var container = ContainerOf(request);
        var (socket, _) = await StreamChannels.AcceptAsync(request.Http, Protocols);
        using var channels = new StreamChannels(socket);
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(stopping, request.Http.RequestAborted);
        var receiving = channels.ReceiveAsync((_, _) => Task.CompletedTask, ended.Token);
        _ = receiving.ContinueWith(_ => ended.Cancel(), CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
        try
        {
            await runtime.CopyLogAsync(new LogRequest(request.Space, request.Name, container) { Follow = true }, new ChannelStream(channels, ended.Token), ended.Token);
            await channels.SendAsync(StreamChannels.Status, Success(), ended.Token);
            await channels.EndAsync(ended.Token);
        }
        catch (Exception left) when (left is OperationCanceledException or WebSocketException)
        {
            // The client has left.
        }
    }

    private async Task RunAsync(
        StreamChannels channels, IContainerProcess process, IReadOnlyList<string> command, Task receiving, CancellationToken ended)
    {
        try
        {
            var copying = Task.WhenAll(
                channels.CopyAsync(StreamChannels.Output, process.Output, ended), channels.CopyAsync(StreamChannels.Errors, process.Errors, ended));
            if (await Task.WhenAny(process.Exited, receiving) == receiving)
            {
                return;
            }

            var code = await process.Exited;
            await Task.WhenAny(copying, Task.Delay(OutputPatience, clock, ended));
            await channels.SendAsync(StreamChannels.Status, code == 0 ? Success() : Failure(command, code), ended);
            await channels.EndAsync(ended);
            await Task.WhenAny(receiving, Task.Delay(OutputPatience, clock, ended));
        }
        catch (Exception left) when (left is OperationCanceledException or WebSocketException)
        {
            // The client has left: the program ends with it.
        }
    }

    private static Task ReceiveAsync(StreamChannels channels, IContainerProcess process, CancellationToken ended) => channels.ReceiveAsync(async (channel, bytes) =>
    {
        try
        {
            switch (channel)
            {
                case StreamChannels.Input:
                    await process.Input.WriteAsync(bytes, ended);
                    await process.Input.FlushAsync(ended);
                    break;
                case StreamChannels.Close when bytes.Length > 0 && bytes.Span[0] == StreamChannels.Input && process.Input != process.Output:
                    await process.Input.DisposeAsync();
                    break;
                case StreamChannels.Resize when JsonNode.Parse(bytes.Span) is { } size:
                    process.Resize(size.Count(0, "Width"), size.Count(0, "Height"));
                    break;
                default:
                    break;
            }
        }
        catch (Exception closed) when (closed is IOException or ObjectDisposedException)
        {
            // The program has closed its input, or has ended.
        }
    }, ended);

    /// <summary>The container that is meant, of a pod that has a node.</summary>
    private string ContainerOf(ApiRequest request)
    {
        var pod = store.Peek("pods", request.Space, request.Name) ?? throw ApiException.NotFound("pods", request.Name);
        var container = ContainerOf(request, pod);
        return pod.Text("spec", "nodeName").Length > 0 ? container : throw ApiException.BadRequest($"pod {request.Name} does not have a host assigned");
    }

    private static string ContainerOf(ApiRequest request, JsonObject pod)
    {
        var names = pod.Each("spec", "containers").Select(one => one.Text("name")).ToList();
        var asked = request.Query("container") is { Length: > 0 } named ? named : pod.Text("metadata", "annotations", DefaultContainer);
        var known = names.Concat(pod.Each("spec", "initContainers").Concat(pod.Each("spec", "ephemeralContainers")).Select(one => one.Text("name")));
        if (asked.Length > 0)
        {
            return known.Contains(asked) ? asked : throw ApiException.BadRequest($"container {asked} is not valid for pod {request.Name}");
        }

        return names.Count == 1 ? names[0] : throw ApiException.BadRequest(
            $"a container name must be specified for pod {request.Name}, choose one of: [{string.Join(' ', names)}]");
    }

    private static JsonObject Success() => new() { ["metadata"] = new JsonObject(), ["status"] = "Success" };

    private static JsonObject Failure(IReadOnlyList<string> command, int code) => new()
    {
        ["metadata"] = new JsonObject(),
        ["status"] = "Failure",
        ["message"] = $"command terminated with non-zero exit code: error executing command [{string.Join(' ', command)}], exit code {code}",
        ["reason"] = "NonZeroExitCode",
        ["details"] = new JsonObject { ["causes"] = new JsonArray(new JsonObject { ["reason"] = "ExitCode", ["message"] = code.ToString() }) },
    };
}
