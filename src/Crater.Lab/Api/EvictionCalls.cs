using System.Text.Json.Nodes;
using Crater.Lab.Store;

namespace Crater.Lab.Api;

/// <summary>Eviction: a deletion that asks the disruption budget first, and takes one disruption from it in the same step.</summary>
internal sealed class EvictionCalls(ResourceStore store, TimeProvider clock)
{
    /// <summary>What the real server tells clients to wait while a budget is not yet counted.</summary>
    private static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(10);

    private readonly ObjectDeletion _deletion = new(store, clock);

    public async Task EvictAsync(ApiRequest request)
    {
        var eviction = await request.BodyAsync();
        if (eviction.Name() is { Length: > 0 } named && named != request.Name)
        {
            throw ApiException.BadRequest("name in URL does not match name in Eviction object");
        }

        var pod = store.Peek("pods", request.Space, request.Name) ?? throw ApiException.NotFound("pods", request.Name);
        var isDryRun = request.IsDryRun || eviction.Texts("deleteOptions", "dryRun").Contains("All");
        if (NeedsBudget(pod))
        {
            AskBudget(request.Space, pod, isDryRun);
        }

        if (!isDryRun && _deletion.Delete("pods", request.Space, request.Name, new DeletionOptions
        {
            GraceSeconds = eviction.Number("deleteOptions", "gracePeriodSeconds"),
            Uid = eviction.Text("deleteOptions", "preconditions", "uid") is { Length: > 0 } uid ? uid : null,
        }) is null)
        {
            throw ApiException.NotFound("pods", request.Name);
        }

        await StatusAnswer.WriteAsync(request.Http, 201, SubresourceCalls.Succeeded());
    }

    /// <summary>A pod that is over, ends or never ran disrupts nobody.</summary>
    private static bool NeedsBudget(JsonObject pod) => pod.Text("status", "phase") is not ("Succeeded" or "Failed" or "Pending") && !pod.IsEnding();

    private void AskBudget(string space, JsonObject pod, bool isDryRun)
    {
        var budgets = store.Scan("poddisruptionbudgets.policy", space).Items
            .Where(budget => ObjectSelector.Matches(budget.At("spec", "selector"), pod.Labels())).ToList();
        if (budgets.Count == 0)
        {
            return;
        }

        if (budgets.Count > 1)
        {
            throw new ApiException(500, "InternalError",
                "This pod has more than one PodDisruptionBudget, which the eviction subresource does not support.");
        }

        var isReady = pod.Condition("Ready").Text("status") == "True";
        store.Modify("poddisruptionbudgets.policy", space, budgets[0].Name(), budget => Take(budget, pod, isReady, isDryRun));
    }

    private void Take(JsonObject budget, JsonObject pod, bool isReady, bool isDryRun)
    {
        var status = budget.Make("status");
        var (healthy, desired) = (status.Count(0, "currentHealthy"), status.Count(0, "desiredHealthy"));
        if (!isReady && (budget.Text("spec", "unhealthyPodEvictionPolicy") == "AlwaysAllow" || (healthy >= desired && desired > 0)))
        {
            return;
        }

        if (status.Count(0, "observedGeneration") < budget.Count(0, "metadata", "generation"))
        {
            throw Refused($"The disruption budget {budget.Name()} is still being processed by the server.", RetryAfter);
        }

        var allowed = status.Count(0, "disruptionsAllowed");
        if (allowed <= 0)
        {
            throw Refused($"The disruption budget {budget.Name()} needs {desired} healthy pods and has {healthy} currently", null);
        }

        if (!isDryRun)
        {
            status["disruptionsAllowed"] = allowed - 1;
            status.Make("disruptedPods")[pod.Name()] = clock.GetUtcNow().Stamp();
        }
    }

    private static ApiException Refused(string why, TimeSpan? retryAfter)
    {
        var details = new JsonObject { ["causes"] = new JsonArray(new JsonObject { ["reason"] = "DisruptionBudget", ["message"] = why }) };
        if (retryAfter is { } wait)
        {
            details["retryAfterSeconds"] = (int)wait.TotalSeconds;
        }

        return new ApiException(429, "TooManyRequests", "Cannot evict pod as it would violate the pod's disruption budget.")
        {
            Details = details,
            RetryAfter = retryAfter,
        };
    }
}
