using System.Diagnostics;
using System.Text.RegularExpressions;
using Crater.Kubernetes;
using Crater.Kubernetes.Client;
using Xunit;

namespace Crater.EndToEnd.Tests.Lab;

public sealed partial class PortForwardTests
{
    [Fact]
    public async Task The_client_reaches_a_pods_port_through_the_api()
    {
        var stop = TestContext.Current.CancellationToken;
        await using var lab = await LabFixture.StartAsync();
        lab.Store.Create("pods", LabFixture.Pod("web", """["python3", "-m", "http.server", "--bind", "$(POD_IP)", "8080"]""",
            """, "readinessProbe": {"httpGet": {"path": "/", "port": 8080}, "periodSeconds": 1}"""));
        await lab.UntilAsync("web", pod => pod.IsReady());
        var file = Path.GetTempFileName();
        try
        {
            await File.WriteAllTextAsync(file, lab.KubeconfigText, stop);
            using var connection = await KubernetesConnection.OpenAsync(new ConnectionOptions { Kubeconfig = file }, TimeProvider.System, stop);
            await using var forward = PortForward.Open(connection.Client, "default", "web", 8080);
            using var http = new HttpClient();
            var answer = await http.GetStringAsync(new Uri($"http://{forward.Local}/"), stop);
            Assert.Contains("Directory listing", answer, StringComparison.Ordinal);
        }
        finally
        {
            File.Delete(file);
        }
    }

    [Theory]
    [InlineData("true")]
    [InlineData("false")]
    public async Task Kubectl_reaches_a_pods_port_and_is_told_where_nobody_listens(string overWebSocket)
    {
        Assert.SkipUnless(KubectlTool.IsThere, "kubectl 1.28 or newer is missing");
        var stop = TestContext.Current.CancellationToken;
        await using var lab = await LabFixture.StartAsync();
        lab.Store.Create("pods", LabFixture.Pod("web", """["python3", "-m", "http.server", "--bind", "$(POD_IP)", "8080"]""",
            """, "readinessProbe": {"httpGet": {"path": "/", "port": 8080}, "periodSeconds": 1}"""));
        await lab.UntilAsync("web", pod => pod.IsReady());
        var file = Path.GetTempFileName();
        Process? kubectl = null;
        try
        {
            await File.WriteAllTextAsync(file, lab.KubeconfigText, stop);
            var start = new ProcessStartInfo("kubectl", ["--kubeconfig", file, "port-forward", "--address", "127.0.0.1", "pod/web", ":8080", ":8081"])
            {
                RedirectStandardOutput = true,
                RedirectStandardError = true,
                Environment = { ["KUBECTL_PORT_FORWARD_WEBSOCKETS"] = overWebSocket },
            };
            kubectl = Process.Start(start)!;
            var (web, nobody) = (await PortAsync(kubectl, stop), await PortAsync(kubectl, stop));
            using var http = new HttpClient();
            for (var round = 0; round < 2; round++)
            {
                Assert.Contains("Directory listing", await http.GetStringAsync(new Uri($"http://127.0.0.1:{web}/"), stop), StringComparison.Ordinal);
            }

            await Assert.ThrowsAsync<HttpRequestException>(() => http.GetStringAsync(new Uri($"http://127.0.0.1:{nobody}/"), stop));
            var said = "";
            while (!said.Contains("connection refused", StringComparison.Ordinal) && await kubectl.StandardError.ReadLineAsync(stop) is { } line)
            {
                said += line + "\n";
            }

            Assert.Contains("error forwarding port 8081 to pod web", said, StringComparison.Ordinal);
        }
        finally
        {
            kubectl?.Kill();
            kubectl?.Dispose();
            File.Delete(file);
        }
    }

    private static async Task<int> PortAsync(Process kubectl, CancellationToken stop)
    {
        while (await kubectl.StandardOutput.ReadLineAsync(stop) is { } line)
        {
            if (Forwarding().Match(line) is { Success: true } said)
            {
                return int.Parse(said.Groups[1].Value);
            }
        }

        throw new InvalidOperationException($"kubectl has ended: {await kubectl.StandardError.ReadToEndAsync(stop)}");
    }

    [GeneratedRegex(@"^Forwarding from 127\.0\.0\.1:(\d+) ->")]
    private static partial Regex Forwarding();
}
