using System.Text.Json.Nodes;
using Xunit;

namespace Crater.EndToEnd.Tests.Lab;

public sealed class PodTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_pod_runs_as_a_process_with_its_own_address()
    {
        await using var lab = await LabFixture.StartAsync();
        lab.Store.Create("pods", LabFixture.Pod("web", """["python3", "-m", "http.server", "--bind", "$(POD_IP)", "8080"]""",
            """, "readinessProbe": {"httpGet": {"path": "/", "port": 8080}, "periodSeconds": 1}"""));
        var pod = await lab.UntilAsync("web", pod => pod.IsReady());
        using var http = new HttpClient();
        var answer = await http.GetAsync(new Uri($"http://{pod.Address()}:8080/"), Stop);
        Assert.True(answer.IsSuccessStatusCode);
        Assert.Equal("Running", (string?)pod["status"]!["phase"]);
    }

    [Fact]
    public async Task An_image_without_a_mapping_waits_as_a_missing_image_does()
    {
        await using var lab = await LabFixture.StartAsync();
        lab.Store.Create("pods", LabFixture.Pod("lost", "[]", image: "nowhere/nothing:1"));
        await lab.UntilAsync("lost", pod => (string?)pod.State()?["waiting"]?["reason"] == "ErrImagePull");
        await lab.UntilAsync("lost", pod => (string?)pod.State()?["waiting"]?["reason"] == "ImagePullBackOff");
    }

    [Fact]
    public async Task A_container_that_fails_is_restarted_and_then_backs_off()
    {
        await using var lab = await LabFixture.StartAsync();
        lab.Store.Create("pods", LabFixture.Pod("broken", """["sh", "-c", "echo attempt; exit 3"]"""));
        var pod = await lab.UntilAsync("broken", pod => (string?)pod.State()?["waiting"]?["reason"] == "CrashLoopBackOff");
        Assert.Equal(3, (int?)pod.State("lastState")!["terminated"]!["exitCode"]);
        Assert.True((int?)pod["status"]!["containerStatuses"]![0]!["restartCount"] >= 1);
        Assert.Equal("attempt\n", await lab.LogAsync("broken", previous: true));
    }

    [Fact]
    public async Task Another_image_in_a_running_pod_replaces_its_container_and_the_old_one_brings_it_back()
    {
        await using var lab = await LabFixture.StartAsync();
        lab.Store.Create("pods", LabFixture.Pod("swap", """["sleep", "1000"]""", podMore: """ "terminationGracePeriodSeconds": 1, """));
        await lab.UntilAsync("swap", pod => pod.IsReady());
        lab.Store.Modify("pods", "default", "swap", pod => pod["spec"]!["containers"]![0]!["image"] = "unknown/image:9");
        await lab.UntilAsync("swap", pod => (string?)pod.State()?["waiting"]?["reason"] is "ErrImagePull" or "ImagePullBackOff" && !pod.IsReady());
        lab.Store.Modify("pods", "default", "swap", pod => pod["spec"]!["containers"]![0]!["image"] = "host");
        var back = await lab.UntilAsync("swap", pod => pod.IsReady());
        Assert.Equal(1, (int?)back["status"]!["containerStatuses"]![0]!["restartCount"]);
    }

    [Fact]
    public async Task Deletion_asks_first_then_kills_and_then_removes_the_object()
    {
        await using var lab = await LabFixture.StartAsync();
        lab.Store.Create("pods", LabFixture.Pod("stubborn", """["sh", "-c", "trap 'echo asked' TERM; echo up; while :; do sleep 0.05; done"]"""));
        await lab.UntilAsync("stubborn", pod => pod.IsReady());
        await LabFixture.UntilAsync(async () => (await lab.LogAsync("stubborn")).Contains("up"), "the trap is set");
        using var follow = new MemoryStream();
        var copying = lab.Logs(new Crater.Lab.Api.LogRequest("default", "stubborn", "") { Follow = true }, follow);
        lab.Store.Modify("pods", "default", "stubborn", pod =>
        {
            pod["metadata"]!["deletionTimestamp"] = "2026-01-01T00:00:00Z";
            pod["metadata"]!["deletionGracePeriodSeconds"] = 1;
        });
        await LabFixture.UntilAsync(() => lab.Store.Get("pods", "default", "stubborn") is null, "the pod is gone");
        await copying;
        Assert.Contains("asked", System.Text.Encoding.UTF8.GetString(follow.ToArray()));
    }

    [Fact]
    public async Task A_container_put_into_a_running_pod_runs_once_and_changes_nothing_of_its_readiness()
    {
        await using var lab = await LabFixture.StartAsync();
        lab.Store.Create("pods", LabFixture.Pod("seen", """["sleep", "1000"]""", podMore: """ "terminationGracePeriodSeconds": 1, """));
        await lab.UntilAsync("seen", pod => pod.IsReady());
        lab.Store.Modify("pods", "default", "seen", pod => pod["spec"]!["ephemeralContainers"] = JsonNode.Parse("""
            [{"name": "dbg", "image": "host", "command": ["sh", "-c", "echo looked; exit 3"]}, {"name": "stay", "image": "host", "command": ["sleep", "1000"]}]
            """));

        static JsonNode? State(JsonNode pod, int index) => pod["status"]?["ephemeralContainerStatuses"]?[index]?["state"];
        var seen = await lab.UntilAsync("seen", pod => State(pod, 0)?["terminated"] is not null && State(pod, 1)?["running"] is not null);
        Assert.Equal((3, 0, true), ((int?)State(seen, 0)!["terminated"]!["exitCode"], (int?)seen["status"]!["ephemeralContainerStatuses"]![0]!["restartCount"], seen.IsReady()));
    }

    [Fact]
    public async Task Nothing_of_a_container_survives_its_pod()
    {
        await using var lab = await LabFixture.StartAsync();
        lab.Store.Create("pods", LabFixture.Pod("family", """["sh", "-c", "sleep 987.125 & setsid sleep 987.125 & sleep 987.125"]"""));
        await lab.UntilAsync("family", pod => pod.IsReady());
        await LabFixture.UntilAsync(() => ProcessCount.Of("sleep\u0000987.125") == 3, "three sleepers run");
        lab.Store.Remove("pods", "default", "family");
        await LabFixture.UntilAsync(() => ProcessCount.Of("sleep\u0000987.125") == 0, "no sleeper is left");
    }

    [Fact]
    public async Task A_container_over_its_memory_limit_is_killed_for_it()
    {
        await using var lab = await LabFixture.StartAsync();
        lab.Store.Create("pods", LabFixture.Pod("greedy", """["python3", "-c", "import time; hold = bytearray(64 * 1024 * 1024); time.sleep(1000)"]""",
            """, "resources": {"limits": {"memory": "32Mi"}}"""));
        var pod = await lab.UntilAsync("greedy", pod => pod.State("lastState")?["terminated"] is not null);
        Assert.Equal("OOMKilled", (string?)pod.State("lastState")!["terminated"]!["reason"]);
        Assert.Equal(137, (int?)pod.State("lastState")!["terminated"]!["exitCode"]);
    }

    [Fact]
    public async Task The_environment_holds_what_the_pod_refers_to()
    {
        await using var lab = await LabFixture.StartAsync();
        lab.Store.Create("configmaps", JsonNode.Parse("""{"metadata": {"name": "settings", "namespace": "default"}, "data": {"colour": "green"}}""")!.AsObject());
        lab.Store.Create("secrets", JsonNode.Parse("""{"metadata": {"name": "keys", "namespace": "default"}, "data": {"TOKEN": "aHVzaA=="}}""")!.AsObject());
        lab.Store.Create("pods", LabFixture.Pod("teller", """["sh", "-c", "echo $COLOUR $TOKEN $NODE $GREETING '$(GREETING)'; sleep 1000"]""", """
            , "envFrom": [{"secretRef": {"name": "keys"}}], "env": [
              {"name": "COLOUR", "valueFrom": {"configMapKeyRef": {"name": "settings", "key": "colour"}}},
              {"name": "NODE", "valueFrom": {"fieldRef": {"fieldPath": "spec.nodeName"}}},
              {"name": "GREETING", "value": "hello-$(COLOUR)-$$(x)"}]
            """));
        await lab.UntilAsync("teller", pod => pod.IsReady());
        await LabFixture.UntilAsync(async () => (await lab.LogAsync("teller")).Length > 0, "the pod speaks");
        Assert.Equal("green hush node1 hello-green-$(x) hello-green-$(x)\n", await lab.LogAsync("teller"));
    }

    [Fact]
    public async Task A_missing_config_map_keeps_the_container_waiting_until_it_is_there()
    {
        await using var lab = await LabFixture.StartAsync();
        lab.Store.Create("pods", LabFixture.Pod("needy", """["sleep", "1000"]""", """, "envFrom": [{"configMapRef": {"name": "late"}}]"""));
        await lab.UntilAsync("needy", pod => (string?)pod.State()?["waiting"]?["reason"] == "CreateContainerConfigError");
        lab.Store.Create("configmaps", JsonNode.Parse("""{"metadata": {"name": "late", "namespace": "default"}, "data": {}}""")!.AsObject());
        await lab.UntilAsync("needy", pod => pod.IsReady());
    }

    [Fact]
    public async Task Init_containers_run_one_after_the_other_before_the_rest()
    {
        await using var lab = await LabFixture.StartAsync();
        lab.Store.Create("pods", LabFixture.Pod("staged", """["sleep", "1000"]""", podMore:
            """ "initContainers": [{"name": "one", "image": "host", "command": ["sh", "-c", "sleep 0.2"]}, {"name": "two", "image": "host", "command": ["true"]}], """));
        var pod = await lab.UntilAsync("staged", pod => pod.IsReady());
        var inits = pod["status"]!["initContainerStatuses"]!.AsArray();
        Assert.All(inits, init => Assert.Equal("Completed", (string?)init!["state"]!["terminated"]!["reason"]));
    }

    [Fact]
    public async Task A_failing_liveness_probe_restarts_the_container()
    {
        await using var lab = await LabFixture.StartAsync();
        lab.Store.Create("pods", LabFixture.Pod("dull", """["sleep", "1000"]""",
            """, "livenessProbe": {"exec": {"command": ["false"]}, "periodSeconds": 1, "failureThreshold": 2}""", """ "terminationGracePeriodSeconds": 1, """));
        await lab.UntilAsync("dull", pod => (int?)pod["status"]?["containerStatuses"]?[0]?["restartCount"] >= 1);
    }

    [Fact]
    public async Task A_pod_that_need_not_run_again_succeeds()
    {
        await using var lab = await LabFixture.StartAsync();
        lab.Store.Create("pods", LabFixture.Pod("once", """["true"]""", podMore: """ "restartPolicy": "Never", """));
        await lab.UntilAsync("once", pod => (string?)pod["status"]?["phase"] == "Succeeded");
        lab.Store.Create("pods", LabFixture.Pod("badonce", """["false"]""", podMore: """ "restartPolicy": "Never", """));
        await lab.UntilAsync("badonce", pod => (string?)pod["status"]?["phase"] == "Failed");
    }
}
