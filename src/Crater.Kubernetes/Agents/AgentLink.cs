using System.Net.Http.Headers;
using System.Text.Json.Nodes;
using Crater.Agents;
using Crater.Diagnostics;
using Crater.Kubernetes.Client;

namespace Crater.Kubernetes.Agents;

/// <summary>One agent pod and the way to its craterd.</summary>
internal sealed class AgentLink : IDisposable
{
    /// <summary>One look whether it answers yet.</summary>
    private static readonly TimeSpan LookMax = TimeSpan.FromSeconds(5);

    public AgentLink(string node, JsonObject pod, string token, AgentLine line)
    {
        (Pod, Uid) = (pod.Name(), pod.Uid());
        Craterd = AgentClient.Of(node, $"pod {pod.Namespace()}/{pod.Name()}", () => Open(pod, token, line));
    }

    public string Pod { get; }

    public string Uid { get; }

    public AgentClient Craterd { get; }

    /// <summary>Whether it is there, lets us in, and has taken off what dead ones left.</summary>
    public async Task<bool> AnswersAsync(TimeProvider clock, CancellationToken abort)
    {
        using var limit = new CancellationTokenSource(LookMax, clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(abort, limit.Token);
        try
        {
            return (await Craterd.GetAsync("/v1/healthz", either.Token)).Text("status") == "ok";
        }
        catch (CraterException)
        {
            return false;
        }
        catch (OperationCanceledException) when (!abort.IsCancellationRequested)
        {
            return false;
        }
    }

    public void Dispose() => Craterd.Dispose();

    private static HttpClient Open(JsonObject pod, string token, AgentLine line)
    {
        var handler = new SocketsHttpHandler
        {
            UseProxy = false,
            UseCookies = false,
            AllowAutoRedirect = false,
            ConnectCallback = async (_, abort) => await line.ConnectAsync(pod, AgentManifest.Port, abort),
        };
        // The name goes nowhere; HTTP wants one.
        var http = new HttpClient(handler) { BaseAddress = new Uri("http://craterd"), Timeout = Timeout.InfiniteTimeSpan };
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
        return http;
    }
}
