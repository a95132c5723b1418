using System.Text.Json.Nodes;
using Crater.Kubernetes.Agents;
using Crater.Kubernetes.Client;
using Crater.Kubernetes.Install;
using Crater.Kubernetes.Keeping;
using Xunit;

namespace Crater.Tests.Kubernetes.Install;

/// <summary>The agent that is always there is the one that comes with a run, but for its time and its reach.</summary>
public sealed class AgentDaemonSetTests
{
    /// <summary>What only a pod that ends with its runs says.</summary>
    private static readonly string[] OfOneRun = ["nodeName", "restartPolicy", "activeDeadlineSeconds"];

    /// <summary>What only the chart has values for.</summary>
    private static readonly string[] OfTheChart = ["nodeSelector", "imagePullSecrets"];

    [Fact]
    public void Nobody_gets_one_who_did_not_ask() => Assert.DoesNotContain(Chart.Objects(new InstallOptions()), one => one.Text("kind") == "DaemonSet");

    [Fact]
    public void It_may_do_what_all_faults_on_pods_take_together_and_nothing_else()
    {
        var everything = NeedsTable.Always.Concat(NeedsTable.Rules.SelectMany(rule => rule.Capabilities)).Distinct().Order(StringComparer.Ordinal);
        Assert.Equal(everything, Container(Set()).Texts("securityContext", "capabilities", "add"));
    }

    [Fact]
    public void It_is_made_as_the_pod_of_a_run_with_the_same_rights_is()
    {
        var rights = Container(Set()).Texts("securityContext", "capabilities", "add").ToHashSet();
        var needs = AgentNeeds.None with { Capabilities = rights, HostPaths = new SortedSet<string>(StringComparer.Ordinal) { AgentNeeds.StatePath, AgentNeeds.GroupsPath } };
        var ofRun = AgentManifest.Pod("one", new AgentPodOptions(), "node1", needs)["spec"]!.AsObject();
        ofRun["volumes"]![0]!["secret"]!["secretName"] = AgentNames.OfDaemonSet;
        var standing = Set().At("spec", "template", "spec")!.AsObject();
        foreach (var name in OfOneRun)
        {
            Assert.True(ofRun.Remove(name), name);
        }

        foreach (var name in OfTheChart)
        {
            Assert.True(standing.Remove(name), name);
        }

        Assert.True(standing["containers"]![0]!.AsObject().Remove("imagePullPolicy"));
        Assert.Equal(Sorted(ofRun), Sorted(standing));
        Assert.Equal("unconfined", Set().At("spec", "template").Annotation(AgentManifest.OldAppArmorKey));
    }

    [Fact]
    public void It_does_not_take_the_pods_of_runs_for_its_own()
    {
        var selector = Set().Map("spec", "selector", "matchLabels");
        var ofRun = AgentManifest.Pod("one", new AgentPodOptions(), "node1", AgentNeeds.None).Labels();
        Assert.NotEmpty(selector);
        Assert.Contains(selector, label => ofRun.GetValueOrDefault(label.Key) != label.Value);
        Assert.Equal("true", Set().At("spec", "template").Labels()[AgentNames.AgentLabel]);
    }

    [Fact]
    public async Task A_standing_agent_is_in_nobodys_way_who_uninstalls_unless_a_run_may_have_faults_on_its_node()
    {
        await using var lab = await LabApi.StartAsync();
        await lab.Client.CreateAsync(Resource.Namespaces, null, LabApi.Parse("""{"metadata":{"name":"crater-system"}}"""), LabApi.Stop);
        var pod = AgentManifest.Pod("crater-agent-x7k2p", new AgentPodOptions(), "node1", AgentNeeds.None);
        pod["metadata"]!["ownerReferences"] = new JsonArray(LabApi.Parse("""{"apiVersion":"apps/v1","kind":"DaemonSet","name":"crater-agent","uid":"1","controller":true}"""));
        await lab.Client.CreateAsync(Resource.Pods, "crater-system", pod, LabApi.Stop);
        using var keeper = new ApiStateKeeper(lab.Client, [], TimeProvider.System);
        var uninstaller = new Uninstaller(lab.Client, keeper, new InstallOptions(), new UninstallOptions(), TimeProvider.System, _ => { });
        Assert.Empty(await uninstaller.LookAsync(LabApi.Stop));

        var uses = new AgentUses(lab.Client, new AgentPodOptions(), new AgentSpace(lab.Client, new AgentPodOptions(), isOurs: false));
        await uses.AddAsync(new Crater.Drivers.RunId("chaos-0000aaaa"), "node1", AgentNeeds.None, "", LabApi.Stop);
        var problem = Assert.Single(await uninstaller.LookAsync(LabApi.Stop));
        Assert.Equal(("Node node1", "CRT8610"), (problem.Path, problem.Code));
        Assert.Contains("chaos-0000aaaa", problem.Message, StringComparison.Ordinal);
    }

    private static JsonObject Set() => Chart.Objects(new InstallOptions { AgentDaemonSet = true }).Single(one => one.Text("kind") == "DaemonSet");

    private static JsonObject Container(JsonObject set) => set.At("spec", "template", "spec").Objects("containers").Single();

    // Fields by name; lists as they are but for volumes, whose order says nothing.
    private static string Sorted(JsonNode? node) => node switch
    {
        JsonObject map => $"{{{string.Join(",", map.OrderBy(field => field.Key, StringComparer.Ordinal).Select(field => $"{field.Key}:{Sorted(field.Value)}"))}}}",
        JsonArray list => $"[{string.Join(",", list.Select(Sorted).Order(StringComparer.Ordinal))}]",
        _ => node?.ToJsonString() ?? "null",
    };
}
