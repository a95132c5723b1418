using System.Text.Json.Nodes;
using Crater.EndToEnd.Tests.CommandLine;
using Crater.EndToEnd.Tests.Lab;
using Crater.Kubernetes;
using Crater.Kubernetes.Client;
using Crater.Kubernetes.Operator;
using Crater.Lab;
using Crater.Lab.Nodes;
using Xunit;

namespace Crater.EndToEnd.Tests.Install;

/// <summary>
/// A lab in which the server's image is the real crater-server, as a process. It signs in with a token of the service account that was installed, so that it may do what the installed roles allow and nothing else.
/// </summary>
public abstract class InstallLab : IAsyncLifetime
{
    private static readonly Resource Maps = Resource.ConfigMaps;
    private KubernetesConnection? _connection;

    private protected static CancellationToken Stop => TestContext.Current.CancellationToken;

    private protected string Home { get; } = Directory.CreateTempSubdirectory("crater-install-").FullName;

    private protected string Kubeconfig => Path.Combine(Home, "kubeconfig");

    private protected KubernetesClient Client => _connection!.Client;

    private protected LabCluster LabHere { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        Assert.SkipUnless(KubectlTool.IsThere, "kubectl 1.28 or newer is missing, with which the operator's token is made");
        var program = Path.Combine(Home, "server.sh");
        // A lab's process sees no mount paths and no service account's folder: this puts the lab's in their place, and leaves every other argument as it was installed.
        await File.WriteAllTextAsync(program, $$"""
            #!/bin/bash
            set -e
            token=$(kubectl --kubeconfig {{Kubeconfig}} --namespace "$POD_NAMESPACE" create token crater-operator)
            own=$(mktemp -p {{Home}})
            sed "s|^    token: .*|    token: $token|" {{Kubeconfig}} > "$own"
            arguments=()
            for one in "$@"; do
              case $one in
                --*listen=0.0.0.0:*) arguments+=("${one%%=*}=$POD_IP:${one##*:}") ;;
                --metrics-token-file=*) arguments+=("--metrics-token-file=$CRATER_VOLUME_METRICS/token") ;;
                --*=/var/run/crater/webhook/*) arguments+=("${one%%=*}=$CRATER_VOLUME_WEBHOOK/${one##*/}") ;;
                --folder=*) arguments+=("--folder=$CRATER_VOLUME_WORK/runs") ;;
                *) arguments+=("$one") ;;
              esac
            done
            exec {{Path.Combine(AppContext.BaseDirectory, "crater-server")}} "${arguments[@]}" --kubeconfig "$own"
            """, Stop);
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(program, UnixFileMode.UserRead | UnixFileMode.UserExecute);
        }

        LabHere = await LabCluster.StartAsync(
            new LabOptions { Nodes = 2, Kubeconfig = Kubeconfig, Images = new ImageMap().Add("crater/server", [program]).Add("crater/agent", ["/bin/sh", "-c", "exec sleep 100000"]), Tool = LabFixture.Tool }, Stop);
        _connection = await KubernetesConnection.OpenAsync(new ConnectionOptions { Kubeconfig = Kubeconfig }, TimeProvider.System, Stop);
        await Client.CreateAsync(Resource.Namespaces, null, Parse("""{"metadata":{"name":"shop"}}"""), Stop);
        await Client.CreateAsync(Maps, "shop", Parse("""{"metadata":{"name":"carts"},"data":{"mode":"calm"}}"""), Stop);
    }

    public async ValueTask DisposeAsync()
    {
        _connection?.Dispose();
        if (LabHere is not null)
        {
            await LabHere.DisposeAsync();
        }

        Directory.Delete(Home, recursive: true);
        GC.SuppressFinalize(this);
    }

    private protected async Task<Answer> RunAsync(params string[] arguments)
    {
        var environment = new Dictionary<string, string> { ["KUBECONFIG"] = Kubeconfig, ["HOME"] = Home, ["CRATER_STATE_HOME"] = Path.Combine(Home, "state") };
        using var process = CraterProcess.Start(Home, environment, [CraterProcess.Program, .. arguments]);
        return await process.EndAsync();
    }

    private protected static JsonObject Parse(string json) => JsonNode.Parse(json)!.AsObject();

    private protected Task TamperAsync(string name, string duration, string target = "carts") => Client.CreateAsync(CraterKinds.Experiments, "shop", Parse($$$"""
        {"apiVersion": "crater.dev/v1alpha1", "kind": "Experiment", "metadata": {"name": "{{{name}}}"}, "spec": {"document": {
          "title": "Carts live with another mode", "blast-radius": {"duration-max": "30m"},
          "method": [{"type": "action", "name": "tamper", "provider": {"type": "fault", "fault": "configmap-tamper",
            "target": {"kind": "configmap", "name": "{{{target}}}"}, "arguments": {"key": "mode", "value": "wild"}, "duration": "{{{duration}}}"} } ]} } }
        """), Stop);

    private protected async Task PhaseAsync(string name, string phase)
    {
        JsonObject? found = null;
        await Wait.UntilAsync(async () => (found = await Client.GetAsync(CraterKinds.Experiments, "shop", name, Stop)).Text("status", "phase") == phase, $"{name} is {phase}", Wait.Patience * 2);
    }

    private protected async Task<string> ModeAsync() => (await Client.GetAsync(Maps, "shop", "carts", Stop)).Text("data", "mode");

    private protected async Task<bool> IsThereAsync(Resource resource, string space, string name) => await Client.FindAsync(resource, space, name, Stop) is not null;
}
