using Crater.Lab;
using Crater.Lab.Nodes;
using Xunit;

namespace Crater.EndToEnd.Tests.Lab;

/// <summary>The lab as the recordings want it: one node, and pods that bring their own command.</summary>
public sealed class RecordedLab : IAsyncLifetime
{
    private readonly string _folder = Directory.CreateTempSubdirectory("crater-recording-").FullName;
    private LabCluster? _lab;

    public string Kubeconfig => Path.Combine(_folder, "kubeconfig");

    public async ValueTask InitializeAsync() => _lab = await LabCluster.StartAsync(new LabOptions
    {
        Nodes = 1,
        Images = new ImageMap().Add("localhost/busybox:1=host"),
        Kubeconfig = Kubeconfig,
    }, TestContext.Current.CancellationToken);

    public async ValueTask DisposeAsync()
    {
        await _lab!.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }
}
