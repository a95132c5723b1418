using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json.Nodes;
using Crater.Lab;

namespace Crater.Benchmarks;

/// <summary>What an idle edge of the lab costs: the same small HTTP request on one kept connection, directly and through the service proxy.</summary>
internal static class EdgeOverhead
{
    private const int Rounds = 5;
    private const int RequestsPerRound = 4_000;

    /// <summary>The figure that the lab promises.</summary>
    private static readonly TimeSpan OverheadMax = TimeSpan.FromMicroseconds(100);

    /// <returns>0 when the promise is kept.</returns>
    public static async Task<int> RunAsync(TextWriter output, CancellationToken abort)
    {
        await using var lab = await LabCluster.StartAsync(new LabOptions(), abort);
        using var server = new Echo();
        Describe(lab, server.Address);
        while (lab.Services.Count == 0)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, abort);
        }

        await Task.Delay(TimeSpan.FromMilliseconds(500), TimeProvider.System, abort);
        var edge = IPEndPoint.Parse(lab.Services[0].Address);
        List<double> direct = [], proxied = [];
        for (var round = 0; round <= Rounds; round++)
        {
            var (plain, through) = (Measure(server.Address), Measure(edge));
            if (round > 0)
            {
                // The first round warms up both ways.
                direct.AddRange(plain);
                proxied.AddRange(through);
            }
        }

        var overhead = TimeSpan.FromMicroseconds(Quantile(proxied, 0.5) - Quantile(direct, 0.5));
        output.WriteLine("edge overhead, one kept connection, small HTTP request (µs)      p50      p95      p99");
        Print(output, "direct loopback", direct);
        Print(output, "through the service proxy", proxied);
        output.WriteLine($"overhead at p50: {overhead.TotalMicroseconds:0.0} µs (promised: under {OverheadMax.TotalMicroseconds:0} µs)");
        return overhead < OverheadMax ? 0 : 1;
    }

    private static void Describe(LabCluster lab, IPEndPoint server)
    {
        lab.Store.Create("services", JsonNode.Parse("""{"metadata": {"name": "echo", "namespace": "default"}, "spec": {"ports": [{"name": "http", "port": 8080}]}}""")!.AsObject());
        lab.Store.Create("endpoints", JsonNode.Parse(
            $$$"""{"metadata": {"name": "echo", "namespace": "default"}, "subsets": [{"addresses": [{"ip": "{{{server.Address}}}"}], "ports": [{"name": "http", "port": {{{server.Port}}}}]}]}""")!.AsObject());
    }

    private static List<double> Measure(IPEndPoint address)
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        socket.Connect(address);
        var request = Encoding.ASCII.GetBytes("GET / HTTP/1.1\r\nHost: echo\r\n\r\n");
        var answer = new byte[1024];
        List<double> times = new(RequestsPerRound);
        for (var i = 0; i < RequestsPerRound; i++)
        {
            var began = TimeProvider.System.GetTimestamp();
            socket.Send(request);
            if (socket.Receive(answer) == 0)
            {
                throw new IOException("The connection was closed in the middle of the measurement.");
            }

            times.Add(TimeProvider.System.GetElapsedTime(began).TotalMicroseconds);
        }

        return times;
    }

    private static double Quantile(List<double> times, double share)
    {
        times.Sort();
        return times[(int)(share * (times.Count - 1))];
    }

    private static void Print(TextWriter output, string what, List<double> times) =>
        output.WriteLine($"{what,-58} {Quantile(times, 0.5),8:0.0} {Quantile(times, 0.95),8:0.0} {Quantile(times, 0.99),8:0.0}");

    /// <summary>Answers every request on a thread of its own, so that the server adds as little as it can.</summary>
    private sealed class Echo : IDisposable
    {
        private static readonly byte[] Answer = Encoding.ASCII.GetBytes("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
        private readonly Socket _listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);

        public Echo()
        {
            _listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
            _listener.Listen();
            Address = (IPEndPoint)_listener.LocalEndPoint!;
            new Thread(Accept) { IsBackground = true }.Start();
        }

        public IPEndPoint Address { get; }

        public void Dispose() => _listener.Dispose();

        private void Accept()
        {
            try
            {
                while (true)
                {
                    var client = _listener.Accept();
                    client.NoDelay = true;
                    new Thread(() => Serve(client)) { IsBackground = true }.Start();
                }
            }
            catch (SocketException)
            {
                // Closed: the measurement is over.
            }
        }

        private static void Serve(Socket client)
        {
            var buffer = new byte[1024];
            using (client)
            {
                while (client.Receive(buffer) > 0)
                {
                    client.Send(Answer);
                }
            }
        }
    }
}
