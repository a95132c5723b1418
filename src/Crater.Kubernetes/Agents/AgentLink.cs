using System.Net.Http.Headers;
using System.Text.Json.Nodes;
using Crater.Agents;
using Crater.Diagnostics;
using Crater.Kubernetes.Client;

namespace Crater.Kubernetes.Agents;

/// <summary>One agent pod and the way to its craterd: the API server's port-forward. A connection that breaks is made anew by the next request.</summary>
internal sealed class AgentLink : IDisposable
{
    /// <summary>One look whether it answers yet.</summary>
    private static readonly TimeSpan LookMax = TimeSpan.FromSeconds(5);

    private readonly JsonObject _pod;
    private readonly string _node;

    public AgentLink(string node, JsonObject pod, string token, KubernetesClient client)
    {
        (_pod, _node) = (pod, node);
        (Pod, Uid) = (pod.Name(), pod.Uid());
        Craterd = AgentClient.Of(node, $"pod {pod.Namespace()}/{pod.Name()}", () => Open(pod, token, client));
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
        catch (CraterException e) when (Refusal(e) is { } refusal)
        {
            throw refusal;
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

    /// <summary>Refuses what the pod may not do. One that was made for runs may do what they need.</summary>
    /// <exception cref="CraterException">CRT8517.</exception>
    public void MustAllow(AgentNeeds needs)
    {
        if (StandingAgent.Is(_pod, _node))
        {
            StandingAgent.MustAllow(_pod, _node, needs);
        }
    }

    public void Dispose() => Craterd.Dispose();

    // What the API server refuses now it will refuse again.
    private CraterException? Refusal(Exception e)
    {
        for (var cause = e; cause is not null; cause = cause.InnerException)
        {
            if (cause is KubernetesException { IsForbidden: true } refused)
            {
                return new CraterException("CRT8515",
                    $"The agent pod {Pod} runs, and this user may not reach it: {refused.Message} It is spoken with by port-forward: allow 'get' and 'create' on pods/portforward in its namespace.", refused);
            }
        }

        return null;
    }

    private static HttpClient Open(JsonObject pod, string token, KubernetesClient client)
    {
        var handler = new SocketsHttpHandler
        {
            UseProxy = false,
            UseCookies = false,
            AllowAutoRedirect = false,
            ConnectCallback = async (_, abort) => await client.ConnectToPodAsync(pod.Namespace(), pod.Name(), AgentManifest.Port, abort),
        };
        // The name goes nowhere; HTTP wants one.
        var http = new HttpClient(handler) { BaseAddress = new Uri("http://craterd"), Timeout = Timeout.InfiniteTimeSpan };
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
        return http;
    }
}
