using System.Globalization;
using System.Text.Json.Nodes;
using Crater.Drivers;
using Crater.Faults;
using Crater.Journals;
using Crater.Kubernetes.Client;
using Crater.Kubernetes.Drivers;
using Crater.Kubernetes.Operator;
using Crater.Targets;
using Crater.Tests.Runs;
using Xunit;

namespace Crater.Tests.Kubernetes.Operator;

/// <summary>An operator says that everything is off only where it has looked, and forgets nobody's fault.</summary>
public sealed class WhatIsLeftTests
{
    [Fact]
    public async Task What_a_follower_may_not_look_at_is_not_said_to_be_off()
    {
        await using var desk = await OperatorDesk.OpenAsync();
        await using var way = await BadWay.StartAsync(desk.Lab.Connection.HttpClient.BaseAddress!, LabApi.Stop);
        await desk.MapAsync("carts");
        var injection = await LeftBehindAsync(desk, "carts");
        // Its right to list them was taken away in the middle of the run.
        way.Answers = request => request.Method == "GET" && request.Path.Value!.EndsWith("/configmaps", StringComparison.Ordinal) ? 403 : null;

        await desk.OperateAsync(kubeconfig: await KubeconfigAsync(desk, way));

        var left = await desk.PhaseAsync("carts", "Quarantined");
        Assert.Equal("wild", desk.Mode("carts"));
        var residue = Assert.Single(left.Objects("status", "residue"));
        Assert.Equal(("configmaps", $"craterctl recover {injection.Run}"), (residue.Text("target"), residue.Text("inspectWith")));
        Assert.Contains("could not be seen", residue.Text("reason"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_kind_that_no_fault_of_the_experiment_is_on_may_be_closed()
    {
        await using var desk = await OperatorDesk.OpenAsync();
        await using var way = await BadWay.StartAsync(desk.Lab.Connection.HttpClient.BaseAddress!, LabApi.Stop);
        await desk.MapAsync("carts");
        await LeftBehindAsync(desk, "carts");
        way.Answers = request => request.Method == "GET" && request.Path.Value!.EndsWith("/daemonsets", StringComparison.Ordinal) ? 403 : null;

        await desk.OperateAsync(kubeconfig: await KubeconfigAsync(desk, way));

        await desk.PhaseAsync("carts", "Aborted");
        Assert.Equal("calm", desk.Mode("carts"));
    }

    [Fact]
    public async Task What_the_folder_of_a_dead_process_knows_to_be_left_is_named_though_no_object_bears_a_mark()
    {
        await using var desk = await OperatorDesk.OpenAsync();
        await desk.MapAsync("carts");
        await desk.ExperimentAsync("carts", "carts", "10m");
        var injection = desk.Lab.Injection("configmap-tamper", TargetKind.ConfigMap, "carts", 1, ("key", "mode"), ("value", "wild")) with { Driver = "gone" };
        using (var journal = desk.FoldersOf().Create(injection.Run).OpenJournal())
        {
            journal.Append(Some.Planned(injection) with { Run = injection.Run });
            journal.Append(new InjectionIntended(injection, Some.Preparation(), "gone"));
        }

        Recovering(desk, "carts", injection.Run);
        await desk.OperateAsync();

        var left = await desk.PhaseAsync("carts", "Quarantined");
        Assert.Contains("no driver 'gone'", Assert.Single(left.Objects("status", "residue")).Text("reason"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_experiment_that_somebody_forces_away_is_ended_and_its_target_is_free_again()
    {
        await using var desk = await OperatorDesk.OpenAsync();
        await desk.MapAsync("carts");
        var crater = await desk.OperateAsync();
        await desk.ExperimentAsync("first", "carts", "10m");
        await desk.UntilAsync(() => desk.Mode("carts") == "wild", () => "the fault is in place");

        desk.Lab.Store.Remove(CraterKinds.Experiments.QualifiedName, "shop", "first");

        await desk.UntilAsync(() => desk.Mode("carts") == "calm", () => "the fault is off");
        await desk.UntilAsync(() => crater.Metrics().Contains("crater_runs 0\n", StringComparison.Ordinal), () => $"the run is forgotten: {crater.Metrics()}");
        // What others hold is listed every half second at most.
        await Task.Delay(TimeSpan.FromSeconds(1), TimeProvider.System, LabApi.Stop);
        await desk.ExperimentAsync("second", "carts", "1s");
        await desk.PhaseAsync("second", "Completed");
    }

    [Fact]
    public async Task What_cannot_be_restored_is_not_counted_as_restored()
    {
        await using var desk = await OperatorDesk.OpenAsync();
        await desk.MapAsync("carts");
        await LeftBehindAsync(desk, "carts", isExperiment: false);
        await desk.Client.PatchAsync(Resource.ConfigMaps, "shop", "carts", PatchForm.Merge, LabApi.Parse("""{"data":{"mode":"theirs"}}"""), null, LabApi.Stop);

        var crater = await desk.OperateAsync();

        await desk.UntilAsync(() => desk.Log.Any(line => line.Contains("RESIDUE", StringComparison.Ordinal)), () => "it says that it is residue");
        Assert.Contains("crater_keeper_restored_total 0\n", crater.Metrics(), StringComparison.Ordinal);
    }

    /// <summary>A fault of a process that died, and its Experiment, which its followers have tried to end for longer than they may.</summary>
    private static async Task<Injection> LeftBehindAsync(OperatorDesk desk, string map, bool isExperiment = true)
    {
        var injection = desk.Lab.Injection("configmap-tamper", TargetKind.ConfigMap, map, 1, ("key", "mode"), ("value", "wild"));
        var driver = new KubernetesDriver(desk.Client, TimeProvider.System);
        await driver.InjectAsync(injection, await driver.PrepareAsync(injection, LabApi.Stop), TimeSpan.FromMinutes(-1), LabApi.Stop);
        if (isExperiment)
        {
            await desk.ExperimentAsync(map, map, "10m");
            Recovering(desk, map, injection.Run);
        }

        return injection;
    }

    private static void Recovering(OperatorDesk desk, string name, RunId run) => desk.Lab.Store.Modify(CraterKinds.Experiments.QualifiedName, "shop", name, found =>
    {
        found["metadata"]!["finalizers"] = new JsonArray(CraterKinds.Finalizer);
        found["status"] = new JsonObject
        {
            ["phase"] = "Recovering",
            ["run"] = run.Value,
            ["operator"] = "crater-system/crater-operator",
            ["recoveringSince"] = TimeProvider.System.GetUtcNow().AddMinutes(-4).ToString("yyyy-MM-ddTHH:mm:ssZ", CultureInfo.InvariantCulture),
        };
    });

    private static async Task<string> KubeconfigAsync(OperatorDesk desk, BadWay way)
    {
        var path = $"{desk.Lab.Kubeconfig}.way";
        await File.WriteAllTextAsync(path, way.Kubeconfig(await File.ReadAllTextAsync(desk.Lab.Kubeconfig, LabApi.Stop)), LabApi.Stop);
        return path;
    }
}
