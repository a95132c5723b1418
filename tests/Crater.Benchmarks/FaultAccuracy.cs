using System.Net;
using System.Net.Sockets;
using System.Text.Json.Nodes;
using Crater.Drivers;
using Crater.Faults;
using Crater.Lab;
using Crater.Lab.Nodes;
using Crater.Targets;

namespace Crater.Benchmarks;

/// <summary>What was asked of the network faults and what a client got, on a real pod's edge.</summary>
internal static class FaultAccuracy
{
    private static int _sequence;

    /// <returns>0 when delay is within 2 % and 2 ms, loss within four standard deviations and bandwidth within 10 %.</returns>
    public static async Task<int> RunAsync(TextWriter output, CancellationToken abort)
    {
        await using var lab = await LabCluster.StartAsync(new LabOptions { Images = new ImageMap().Add("host=host") }, abort);
        using var api = LabDriver.Client(lab.ApiAddress, lab.Token, lab.CertificatePem);
        var driver = new LabDriver(api);
        var pod = await StartPodAsync(lab, abort);
        using var sink = new Sink(pod);
        lab.Store.Create("services", JsonNode.Parse("""{"metadata": {"name": "sink", "namespace": "default"}, "spec": {"ports": [{"name": "bytes", "port": 8080}]}}""")!.AsObject());
        lab.Store.Create("endpoints", JsonNode.Parse(
            $$$"""{"metadata": {"name": "sink", "namespace": "default"}, "subsets": [{"addresses": [{"ip": "{{{pod}}}"}], "ports": [{"name": "bytes", "port": {{{sink.Port}}}}]}]}""")!.AsObject());
        await Task.Delay(TimeSpan.FromSeconds(1), TimeProvider.System, abort);
        var edge = IPEndPoint.Parse(lab.Services.Single(service => service.Name == "sink").Address);
        output.WriteLine($"{"fault",-34} {"asked",12} {"got",12}");
        var isGood = true;
        foreach (var asked in (double[])[10, 50, 200])
        {
            var plain = Median(await TimesAsync(edge, 30, abort));
            var got = await WithAsync(driver, "network-delay", "delay", $"{asked}ms", async () => Median(await TimesAsync(edge, 30, abort)) - plain, abort);
            isGood &= Math.Abs(got - asked) <= (asked * 0.02) + 2;
            output.WriteLine($"{"network-delay, median of 30",-34} {asked,9:0.0} ms {got,9:0.0} ms");
        }

        foreach (var asked in (double[])[0.05, 0.2])
        {
            var got = await WithAsync(driver, "network-loss", "loss", $"{asked}", async () => await LateShareAsync(edge, abort), abort);
            isGood &= Math.Abs(got - asked) <= 4 * Math.Sqrt(asked * (1 - asked) / 600);
            output.WriteLine($"{"network-loss, 600 pieces",-34} {asked,12:P1} {got,12:P1}");
        }

        foreach (var asked in (double[])[1, 8, 80])
        {
            var got = await WithAsync(driver, "network-bandwidth", "rate", $"{asked}mbit", async () => await RateAsync(edge, (int)(asked * 1e6 / 8 * 2.5), abort), abort);
            isGood &= Math.Abs(got - asked) <= asked * 0.1;
            output.WriteLine($"{"network-bandwidth, 2.5 s",-34} {asked,7:0.0} Mbit/s {got,5:0.00} Mbit/s");
        }

        return isGood ? 0 : 1;
    }

    private static async Task<string> StartPodAsync(LabCluster lab, CancellationToken abort)
    {
        lab.Store.Create("pods", JsonNode.Parse("""
            {"metadata": {"name": "sink", "namespace": "default", "uid": "uid-sink", "labels": {}},
             "spec": {"nodeName": "node1", "containers": [{"name": "main", "image": "host", "command": ["sleep", "1000"]}]}}
            """)!.AsObject());
        while ((string?)lab.Store.Get("pods", "default", "sink")?["status"]?["phase"] != "Running")
        {
            await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, abort);
        }

        return (string)lab.Store.Get("pods", "default", "sink")!["status"]!["podIP"]!;
    }

    private static async Task<double> WithAsync(LabDriver driver, string fault, string parameter, string value, Func<Task<double>> measure, CancellationToken abort)
    {
        var injection = new Injection
        {
            Run = new RunId("chaos-0000abcd"),
            Sequence = ++_sequence,
            Activity = "a measurement",
            Fault = new Fault { Name = fault, AskedAs = fault, Arguments = new Dictionary<string, string> { [parameter] = value, ["direction"] = "in" } },
            Target = new Target { Kind = TargetKind.Pod, Namespace = "default", Name = "sink", Uid = "uid-sink" },
            Driver = "lab",
            Duration = TimeSpan.FromMinutes(2),
        };
        var preparation = await driver.PrepareAsync(injection, abort);
        await driver.InjectAsync(injection, preparation, TimeSpan.FromMinutes(2), abort);
        try
        {
            return await measure();
        }
        finally
        {
            await driver.RecoverAsync(injection, preparation, CancellationToken.None);
        }
    }

    /// <value>Unit: milliseconds.</value>
    private static async Task<List<double>> TimesAsync(IPEndPoint edge, int count, CancellationToken abort)
    {
        using var client = await OpenAsync(edge, abort);
        List<double> times = [];
        for (var i = 0; i < count; i++)
        {
            times.Add(await SendAsync(client, 100, abort));
        }

        return times;
    }

    private static async Task<double> LateShareAsync(IPEndPoint edge, CancellationToken abort)
    {
        var lanes = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => TimesAsync(edge, 30, abort)));
        return lanes.SelectMany(times => times).Count(time => time >= 200) / 600d;
    }

    /// <returns>Unit: Mbit/s.</returns>
    private static async Task<double> RateAsync(IPEndPoint edge, int bytes, CancellationToken abort)
    {
        using var client = await OpenAsync(edge, abort);
        return bytes * 8 / 1000d / await SendAsync(client, bytes, abort);
    }

    private static async Task<Socket> OpenAsync(IPEndPoint edge, CancellationToken abort)
    {
        var client = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await client.ConnectAsync(edge, abort);
        await SendAsync(client, 1, abort);
        return client;
    }

    private static async Task<double> SendAsync(Socket client, int bytes, CancellationToken abort)
    {
        var began = TimeProvider.System.GetTimestamp();
        byte[] message = [.. BitConverter.GetBytes(bytes), .. new byte[bytes]];
        for (var sent = 0; sent < message.Length;)
        {
            sent += await client.SendAsync(message.AsMemory(sent), SocketFlags.None, abort);
        }

        return await client.ReceiveAsync(new byte[1], SocketFlags.None, abort) == 1
            ? TimeProvider.System.GetElapsedTime(began).TotalMilliseconds
            : throw new IOException("The connection was closed in the middle of the measurement.");
    }

    private static double Median(List<double> times) => times.Order().ElementAt(times.Count / 2);

    /// <summary>Listens at the pod's own address: takes messages of a length and their bytes, and answers each with one byte.</summary>
    private sealed class Sink : IDisposable
    {
        private readonly TcpListener _listener;

        public Sink(string address)
        {
            _listener = new TcpListener(IPAddress.Parse(address), 0);
            _listener.Start();
            _ = AcceptAsync();
        }

        public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

        public void Dispose() => _listener.Dispose();

        private async Task AcceptAsync()
        {
            try
            {
                while (true)
                {
                    _ = ServeAsync(await _listener.AcceptTcpClientAsync());
                }
            }
            catch (Exception e) when (e is SocketException or ObjectDisposedException)
            {
                // Closed: the measurement is over.
            }
        }

        private static async Task ServeAsync(TcpClient client)
        {
            using (client)
            {
                client.NoDelay = true;
                var stream = client.GetStream();
                var length = new byte[4];
                while (await stream.ReadAtLeastAsync(length, 4, throwOnEndOfStream: false) == 4)
                {
                    await stream.ReadExactlyAsync(new byte[BitConverter.ToInt32(length)]);
                    await stream.WriteAsync(new byte[1]);
                }
            }
        }
    }
}
