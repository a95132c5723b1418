using System.Globalization;
using System.Text.Json.Nodes;
using Crater.Kubernetes.Client;

namespace Crater.Kubernetes.Operator.ChaosMeta;

/// <summary>
/// Executes ChaosMeta's Experiments as Experiments of Crater's that they own, and says how these stand in ChaosMeta's words: phase inject or recover, each created,
/// running, success or failed.
/// </summary>
internal sealed class ChaosMetaReconciler(KubernetesClient client, Family family, Leadership leadership) : IReconciler
{
    private const string Suffix = "crater";

    /// <summary>Put on by ChaosMeta's own webhook, where that was installed.</summary>
    private const string TheirFinalizer = "chaosmeta/experiment";

    private static readonly TimeSpan GoingPause = TimeSpan.FromSeconds(1);

    private readonly ObjectWriter _writer = new(client);

    public Resource Resource => CraterKinds.ChaosMeta;

    public void Forget(JsonObject gone)
    {
        // Its Experiment goes with it, by the owner that stands there.
    }

    public async Task<TimeSpan?> ReconcileAsync(JsonObject found, CancellationToken stop)
    {
        var name = Family.ChildName(found.Name(), Suffix);
        var child = await family.FindAsync(CraterKinds.Experiments, found, name, stop);
        child = child?.Controller().Text("uid") == found.Uid() ? child : null;
        if (found.IsTerminating())
        {
            return await LetGoAsync(found, child, stop);
        }

        if (IsOver(found))
        {
            return null;
        }

        if (child is null)
        {
            await BeginAsync(found, name, stop);
            return null;
        }

        if (found.Text("spec", "targetPhase") == "recover" && !child.Flag("spec", "abort") && !Family.IsOver(child))
        {
            await client.PatchAsync(CraterKinds.Experiments, child.Namespace(), child.Name(), PatchForm.Merge, new JsonObject { ["spec"] = new JsonObject { ["abort"] = true } }, null, stop);
        }

        await SayAsync(found, child, stop);
        return null;
    }

    private async Task BeginAsync(JsonObject found, string name, CancellationToken stop)
    {
        if (found.Text("status", "phase").Length > 0 && found.Text("status", "status") != "created")
        {
            await SayAsync(found, "recover", "failed", "What executed it was deleted by somebody; whatever it had put in place was taken off by that.", null, stop);
            return;
        }

        var compiled = ChaosMetaCompiler.Compile(found);
        if (compiled.Document is not { } document)
        {
            await SayAsync(found, "inject", "failed", string.Join("; ", compiled.Problems.Select(problem => problem.ToString())), null, stop);
            return;
        }

        leadership.Demand();
        await family.MakeAsync(CraterKinds.Experiments, found, name, new JsonObject { ["document"] = document }, stop);
        await SayAsync(found, "inject", "created", "", null, stop);
    }

    private async Task<TimeSpan?> LetGoAsync(JsonObject found, JsonObject? child, CancellationToken stop)
    {
        if (child is not null)
        {
            await family.DeleteAsync(child, stop);
            return GoingPause;
        }

        if (found.Texts("metadata", "finalizers").Contains(TheirFinalizer))
        {
            await _writer.DropFinalizerAsync(Resource, found, TheirFinalizer, stop);
        }

        return null;
    }

    private Task SayAsync(JsonObject found, JsonObject child, CancellationToken stop)
    {
        var (phase, status) = child.Text("status", "phase") switch
        {
            "Completed" or "Aborted" => ("recover", "success"),
            "Quarantined" => ("recover", "failed"),
            "Failed" or "Invalid" => ("inject", "failed"),
            "Recovering" => ("recover", "running"),
            "Running" when child.Condition("Injected") => ("inject", "success"),
            "Running" => ("inject", "running"),
            _ => ("inject", "created"),
        };
        var problems = string.Join("; ", child.Objects("status", "problems").Select(problem => $"{problem.Text("code")} {problem.Text("message")}"));
        return SayAsync(found, phase, status, status == "failed" && problems.Length > 0 ? problems : status == "failed" || phase == "recover" ? child.Text("status", "message") : "", child, stop);
    }

    private async Task SayAsync(JsonObject found, string phase, string state, string message, JsonObject? child, CancellationToken stop)
    {
        if (found.Text("status", "phase") == phase && found.Text("status", "status") == state && found.Text("status", "message") == message)
        {
            return;
        }

        var now = (await client.ServerNowAsync(stop)).UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture);
        var status = found.At("status")?.DeepClone() as JsonObject ?? [];
        (status["phase"], status["status"], status["message"], status["updateTime"]) = (phase, state, message, now);
        status["createTime"] ??= now;
        if (child is not null)
        {
            var detail = status["detail"] as JsonObject ?? [];
            detail[phase] = new JsonArray([.. child.Texts("status", "targets").Select(target => (JsonNode?)new JsonObject
            {
                ["injectObjectName"] = target,
                ["uid"] = child.Text("status", "run"),
                ["status"] = state,
                ["message"] = message,
                ["startTime"] = child.Text("status", "startedAt"),
                ["updateTime"] = now,
            })]);
            status["detail"] = detail.DeepClone();
        }

        await _writer.StatusAsync(Resource, found, status, stop);
    }

    private static bool IsOver(JsonObject found) => (found.Text("status", "phase"), found.Text("status", "status")) is ("recover", "success" or "failed") or ("inject", "failed");
}
