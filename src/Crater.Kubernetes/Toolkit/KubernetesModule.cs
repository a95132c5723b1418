using System.Text.Json.Nodes;
using Crater.Diagnostics;
using Crater.Experiments.Functions;
using Crater.Kubernetes.Client;
using Crater.Runs.Activities;
using Crater.Runs.Activities.Functions;

namespace Crater.Kubernetes.Toolkit;

/// <summary>
/// chaosk8s, carried out natively. It finds its cluster as chaosk8s does and not as <c>run</c> does: documents that name a context in their secrets mean that
/// one. What its actions change is not held by anybody: undoing it is the matter of the document's rollbacks, as it always was.
/// </summary>
public sealed class KubernetesModule : INativeModule, IDisposable
{
    private readonly Func<string, string?> _environment;
    private readonly TimeProvider _clock;
    private readonly Dictionary<string, Task<KubernetesConnection>> _clusters = [];
    private readonly Lock _gate = new();

    /// <param name="environment">Looks an environment variable up.</param>
    public KubernetesModule(Func<string, string?> environment, TimeProvider clock) => (_environment, _clock) = (environment, clock);

    public IReadOnlyList<PythonFunction> Functions => KubernetesFunctions.All;

    internal static IReadOnlyDictionary<string, Func<ToolkitCall, Task<JsonNode?>>> Calls { get; } = new[]
    {
        PodCalls.All, NodeCalls.All, WorkloadCalls.All, ObjectCalls.All, NetworkCalls.All, CustomCalls.All, OldCalls.All,
    }.SelectMany(family => family).ToDictionary(pair => $"chaosk8s.{pair.Key}", pair => pair.Value, StringComparer.Ordinal);

    /// <inheritdoc/>
    public async Task<JsonNode?> CallAsync(FunctionCall call, CancellationToken abort)
    {
        try
        {
            return await Calls[call.Function.FullName](new ToolkitCall(call, await ClusterAsync(call, abort), abort));
        }
        catch (KubernetesException error) when (!error.IsUnreachable)
        {
            throw PythonErrors.Raised("CRT8091", "kubernetes.client.exceptions.ApiException", ToolkitCall.ApiText(error));
        }
        catch (CraterException error)
        {
            throw PythonErrors.Failed("CRT8092", error.Message);
        }
    }

    public void Dispose()
    {
        foreach (var cluster in _clusters.Values.Where(cluster => cluster.IsCompletedSuccessfully))
        {
            cluster.Result.Dispose();
        }
    }

    private async Task<KubernetesConnection> ClusterAsync(FunctionCall call, CancellationToken abort)
    {
        var context = call.Secrets.TryFind("KUBERNETES_CONTEXT", out var named) && named is not null ? named.ToString() : _environment("KUBERNETES_CONTEXT") ?? "";
        Task<KubernetesConnection> cluster;
        lock (_gate)
        {
            // One that failed is asked again: a cluster may come up while an experiment waits for it.
            if (!_clusters.TryGetValue(context, out cluster!) || cluster.IsFaulted || cluster.IsCanceled)
            {
                _clusters[context] = cluster = OpenAsync(context);
            }
        }

        return await cluster.WaitAsync(abort);
    }

    // Its model follows current-context, and documents rely on that.
    private Task<KubernetesConnection> OpenAsync(string context)
    {
        var named = context.Length > 0 || !Kubeconfig.IsThere(null, _environment) ? context : Kubeconfig.Load(null, _environment).CurrentContext;
        return KubernetesConnection.OpenAsync(new ConnectionOptions { Context = named, Environment = _environment }, _clock, CancellationToken.None);
    }
}
