using Crater.Kubernetes;
using Crater.Kubernetes.Client;
using Xunit;

namespace Crater.EndToEnd.Tests.Lab;

public sealed class PortForwardTests
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
}
