using System.Text.Json.Nodes;
using Xunit;

namespace Crater.EndToEnd.Tests.Lab;

/// <summary>kubectl gets from the lab, call by call, what a real cluster answered.</summary>
public sealed class KubectlRecordingTests(RecordedLab lab) : IClassFixture<RecordedLab>
{
    public static TheoryData<string> Scenarios => [.. KubectlRecording.All.Select(scenario => scenario.Key)];

    public static TheoryData<string> FurtherScenarios => [.. Further.Select(scenario => scenario.Key)];

    public static TheoryData<string> ControlPlaneScenarios => [.. ControlPlane.Select(scenario => scenario.Key)];

    /// <summary>Written down first from what Kubernetes' own code says; a real API server of 1.36 has answered every call of it the same.</summary>
    private static JsonObject Further { get; } = KubectlRecording.Read("further.json");

    private static JsonObject ControlPlane { get; } = new([.. ((string[])["control-plane.json", "refusals.json", "behaviours.json"])
        .SelectMany(file => KubectlRecording.Read(file)).Select(scenario => KeyValuePair.Create(scenario.Key, scenario.Value?.DeepClone()))]);

    [Theory]
    [MemberData(nameof(Scenarios))]
    public Task Kubectl_gets_the_answers_of_a_real_cluster(string scenario) => AgreeAsync(KubectlRecording.All, scenario);

    [Theory]
    [MemberData(nameof(FurtherScenarios))]
    public Task Kubectl_gets_the_answers_that_Kubernetes_specifies(string scenario) => AgreeAsync(Further, scenario);

    /// <summary>Recorded from a real API server, controllers and scheduler of 1.36 with one hollow node; what kubectl says of an error is compared to the letter.</summary>
    [Theory]
    [MemberData(nameof(ControlPlaneScenarios))]
    public Task Kubectl_gets_the_answers_of_a_real_control_plane(string scenario) => AgreeAsync(ControlPlane, scenario);

    private async Task AgreeAsync(JsonObject recording, string scenario)
    {
        if (!KubectlTool.IsThere)
        {
            Assert.Skip("kubectl 1.28 or newer is missing");
        }

        Assert.Empty(await new KubectlRecording(lab.Kubeconfig).PlayAsync(recording, scenario, TestContext.Current.CancellationToken));
    }
}
