using Crater.Cli.Terminal;
using Crater.Diagnostics;
using Crater.Kubernetes.Client;
using Crater.Lab;
using Crater.Lab.Nodes;

namespace Crater.Cli.Composition;

/// <summary>The demo's own lab with the fragile shop: brought up, waited for, and taken down whatever happens.</summary>
internal sealed class DemoLab : IAsyncDisposable
{
    private static readonly TimeSpan ReadyPatience = TimeSpan.FromSeconds(90);

    private readonly string _state;
    private readonly TimeProvider _clock;

    private DemoLab(string state, TimeProvider clock) => (_state, _clock) = (state, clock);

    public string Kubeconfig => Path.Combine(_state, "kubeconfig");

    public static async Task<DemoLab> UpAsync(SampleApp app, Surroundings surroundings, CancellationToken stop)
    {
        var state = Directory.CreateTempSubdirectory("crater-demo-").FullName;
        var lab = new DemoLab(state, surroundings.Clock);
        try
        {
            await LabHost.DetachAsync(
                new LabOptions { Images = new ImageMap().Add(app.Image, app.Program), Manifests = [app.Manifests], Kubeconfig = lab.Kubeconfig, StateFolder = state }, stop);
            return lab;
        }
        catch
        {
            await lab.DisposeAsync();
            throw;
        }
    }

    /// <summary>Waits until every component has the pods it wants.</summary>
    /// <exception cref="CraterException">CRT1211: some have not after 90 s; it names them.</exception>
    public async Task WaitUntilReadyAsync(ClusterBench bench, Output output, CancellationToken stop)
    {
        var began = _clock.GetTimestamp();
        while (true)
        {
            var topology = await bench.DiscoverAsync(stop);
            var waiting = topology.Components.Where(component => component.Ready < component.Replicas).Select(component => component.Name).ToArray();
            if (topology.Components.Count > 0 && waiting.Length == 0)
            {
                return;
            }

            if (_clock.GetElapsedTime(began) > ReadyPatience)
            {
                throw new CraterException("CRT1211", $"After {ReadyPatience.TotalSeconds:0} s these components are not ready: {string.Join(", ", waiting)}.");
            }

            output.Detail($"waiting for {string.Join(", ", waiting)}");
            await Task.Delay(TimeSpan.FromMilliseconds(500), _clock, stop);
        }
    }

    /// <summary>Asks each service for its own readiness: a pod without a readiness probe is "ready" long before it is.</summary>
    public async Task WaitUntilServingAsync(ClusterBench bench, SampleApp app, CancellationToken stop)
    {
        using var client = new HttpClient(new SocketsHttpHandler { UseProxy = false }) { Timeout = TimeSpan.FromSeconds(2) };
        var services = await bench.Connection.Client.ListAsync(Resource.Services, app.Namespace, new ListQuery(), stop);
        var addresses = services.Items.Select(service => (string?)service["metadata"]?["annotations"]?["lab.crater.dev/outside-address"]).OfType<string>().ToArray();
        var began = _clock.GetTimestamp();
        foreach (var address in addresses)
        {
            while (!await ServesAsync(client, address, stop))
            {
                if (_clock.GetElapsedTime(began) > ReadyPatience)
                {
                    throw new CraterException("CRT1211", $"After {ReadyPatience.TotalSeconds:0} s the service at {address} is not ready.");
                }

                await Task.Delay(TimeSpan.FromMilliseconds(300), _clock, stop);
            }
        }
    }

    /// <summary>Where users come in, as an address that a load generator on this machine can reach.</summary>
    public static async Task<string> EntryUrlAsync(ClusterBench bench, SampleApp app, CancellationToken stop)
    {
        var service = await bench.Connection.Client.GetAsync(Resource.Services, app.Namespace, app.Entry, stop);
        return $"http://{service["metadata"]?["annotations"]?["lab.crater.dev/outside-address"]}";
    }

    private static async Task<bool> ServesAsync(HttpClient client, string address, CancellationToken stop)
    {
        try
        {
            using var answer = await client.GetAsync(new Uri($"http://{address}/ready"), stop);
            return answer.IsSuccessStatusCode;
        }
        catch (Exception error) when (NoAnswer.Is(error) || (error is OperationCanceledException && !stop.IsCancellationRequested))
        {
            return false;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await LabHost.DownAsync(_state, _clock, CancellationToken.None);
        Directory.Delete(_state, recursive: true);
    }
}
