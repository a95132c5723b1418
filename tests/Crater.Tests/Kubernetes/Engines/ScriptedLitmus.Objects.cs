using System.Text.Json.Nodes;
using Crater.Kubernetes.Client;

namespace Crater.Tests.Kubernetes.Engines;

/// <summary>How it makes, changes and removes objects.</summary>
internal sealed partial class ScriptedLitmus
{
    // Folds what the helpers wrote into the history, as the experiment does at its end.
    private async Task EndAsync(JsonObject result, string verdict, string code, string reason)
    {
        var status = result["status"]!["experimentStatus"]!;
        (status["phase"], status["verdict"], status["probeSuccessPercentage"]) = (verdict == "Stopped" ? "Stopped" : "Completed", verdict, verdict == "Pass" ? "100" : "0");
        foreach (var probe in result.Objects("status", "probeStatuses"))
        {
            probe["status"] = new JsonObject { ["verdict"] = verdict == "Pass" ? "Passed" : "N/A" };
        }

        if (code.Length > 0)
        {
            status["errorOutput"] = new JsonObject { ["errorCode"] = code, ["reason"] = reason };
        }

        foreach (var (key, value) in result.Map("metadata", "annotations").Where(pair => pair.Value is "injected" or "reverted" or "targeted"))
        {
            result["status"]!["history"]!["targets"]!.AsArray().Add((JsonNode)new JsonObject { ["kind"] = key.Split('/')[0], ["name"] = key.Split('/')[1], ["chaosStatus"] = value });
            result["metadata"]!["annotations"]!.AsObject().Remove(key);
        }

        await client.UpdateAsync(Results, result.Namespace(), result.Name(), result, null, _end.Token);
    }

    private async Task ProbesAsync(JsonObject engine)
    {
        JsonArray probes = [.. engine.Objects("spec", "experiments").First().Objects("spec", "probe")
            .Select(probe => (JsonNode)new JsonObject { ["name"] = probe.Text("name"), ["type"] = probe.Text("type"), ["mode"] = probe.Text("mode"), ["status"] = new JsonObject { ["verdict"] = "Awaited" } })];
        if (probes.Count > 0)
        {
            await client.PatchAsync(Results, engine.Namespace(), $"{engine.Name()}-{Experiment(engine)}", PatchForm.Merge, new JsonObject { ["status"] = new JsonObject { ["probeStatuses"] = probes } }, null, _end.Token);
        }
    }

    private async Task RemovePodsAsync(JsonObject engine, Func<JsonObject, bool> which)
    {
        foreach (var kind in (Resource[])[Resource.Jobs, Resource.Pods])
        {
            foreach (var found in (await client.ListAsync(kind, engine.Namespace(), new ListQuery { LabelSelector = $"chaosUID={engine.Uid()}" }, _end.Token)).Items.Where(which))
            {
                await client.DeleteAsync(kind, engine.Namespace(), found.Name(), new DeleteRequest { GraceSeconds = 0, Propagation = "Background" }, _end.Token);
            }
        }
    }

    private async Task PodAsync(JsonObject engine, string name, string app, string node, string waits)
    {
        await client.CreateAsync(Resource.Pods, engine.Namespace(), Parse($$$$$"""
            {"apiVersion":"v1","kind":"Pod","metadata":{"name":"{{{{{name}}}}}","namespace":"{{{{{engine.Namespace()}}}}}","labels":{"app":"{{{{{app}}}}}","chaosUID":"{{{{{engine.Uid()}}}}}"}},
             "spec":{"containers":[{"name":"chaos-runner","image":"litmuschaos/chaos-runner","env":[{"name":"CHAOSENGINE","value":"{{{{{engine.Name()}}}}}"}]}]{{{{{(node.Length > 0 ? $",\"nodeName\":\"{node}\"" : "")}}}}}}}
            """), _end.Token);
        var status = waits.Length > 0
            ? $$$$$"""{"status":{"phase":"Pending","containerStatuses":[{"name":"chaos-runner","image":"litmuschaos/chaos-runner","imageID":"","ready":false,"restartCount":0,"state":{"waiting":{"reason":"{{{{{waits}}}}}"}}}]}}"""
            : """{"status":{"phase":"Running"}}""";
        await client.PatchAsync(Resource.Pods, engine.Namespace(), name, PatchForm.Merge, Parse(status), "status", _end.Token);
    }

    private async Task StatusAsync(JsonObject engine, Action<JsonNode> change)
    {
        var now = await client.GetAsync(Engines, engine.Namespace(), engine.Name(), _end.Token);
        change(now["status"]!);
        await client.UpdateAsync(Engines, engine.Namespace(), engine.Name(), now, null, _end.Token);
    }

    private Task<JsonObject> AnnotateAsync(JsonObject result, (string Kind, string Name) target, string state) => client.PatchAsync(
        Results, result.Namespace(), result.Name(), PatchForm.Merge, new JsonObject { ["metadata"] = new JsonObject { ["annotations"] = new JsonObject { [$"{target.Kind}/{target.Name}"] = state } } }, null, _end.Token);

    private static (string Kind, string Name) Target(JsonObject engine) => Env(engine, "TARGET_PODS") is { Length: > 0 } pod ? ("pod", pod)
        : ("node", Env(engine, "TARGET_NODE") is { Length: > 0 } node ? node : Env(engine, "TARGET_NODES"));

    private static string Env(JsonObject engine, string name) => engine.Objects("spec", "experiments").First().Objects("spec", "components", "env")
        .FirstOrDefault(variable => variable.Text("name") == name).Text("value");

    private static string Experiment(JsonObject engine) => engine.Objects("spec", "experiments").First().Text("name");

    private static JsonObject Parse(string json) => JsonNode.Parse(json)!.AsObject();
}
