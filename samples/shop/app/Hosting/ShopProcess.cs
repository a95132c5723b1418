using System.Net;
using System.Runtime.InteropServices;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

namespace Shop.Hosting;

/// <summary>The life of one role as a process: listen, serve until SIGTERM, drain, end.</summary>
/// <remarks>Kestrel is driven without the generic host: no container, no configuration files, no logging providers. That halves start time and memory.</remarks>
internal static class ShopProcess
{
    /// <summary>In-flight requests get this long after the listener is closed. Must be below the pod's termination grace period.</summary>
    private static readonly TimeSpan StopBudget = TimeSpan.FromSeconds(8);

    public static async Task<int> RunAsync(string role, Action<RoleHost> define, Settings settings)
    {
        var log = new Log(role, TimeProvider.System);
        using var host = new RoleHost(role, settings, log, TimeProvider.System);
        define(host);

        var server = new ShopServer(host);
        var address = new IPEndPoint(IPAddress.Parse(settings.Text("POD_IP", "127.0.0.1")), settings.Count("PORT", 8080));
        using var kestrel = Kestrel(address);
        await kestrel.StartAsync(server, CancellationToken.None);
        await WarmUpAsync(host, Bound(kestrel, address));
        server.IsWarmedUp = true;
        using var stop = new CancellationTokenSource();
        var background = host.StartBackground(stop.Token);
        log.Write("start", "listening", ("address", Bound(kestrel, address)), ("pid", Environment.ProcessId.ToString()));

        var asked = new TaskCompletionSource();
        using var interrupt = OnSignal(PosixSignal.SIGINT, asked);
        // Without a handler the runtime ends at once on SIGTERM and drops what is in flight: that is the weakness this switch shows.
        using var terminate = settings.Flag("GRACEFUL_SHUTDOWN", true) ? OnSignal(PosixSignal.SIGTERM, asked) : null;
        await asked.Task;

        await server.DrainAsync();
        using var budget = new CancellationTokenSource(StopBudget, TimeProvider.System);
        await kestrel.StopAsync(budget.Token);
        await stop.CancelAsync();
        await background;
        return 0;
    }

    /// <summary>One call to itself, so that what the first call costs (loading and compiling the client's and the server's code, up to half a second on a
    /// busy machine) is paid before traffic comes, not by the first shopper.</summary>
    private static async Task WarmUpAsync(RoleHost host, string address)
    {
        if (host.Calls)
        {
            var self = host.Call("self", address);
            await self.PostAsync("/healthz", new System.Text.Json.Nodes.JsonObject { ["warm"] = "up" }, repeatable: false, CancellationToken.None);
        }
    }

    private static PosixSignalRegistration OnSignal(PosixSignal signal, TaskCompletionSource asked) => PosixSignalRegistration.Create(signal, context =>
    {
        context.Cancel = true;      // the process ends by itself, after the drain
        asked.TrySetResult();
    });

    private static KestrelServer Kestrel(IPEndPoint address)
    {
        var options = new KestrelServerOptions { AddServerHeader = false, AllowSynchronousIO = false };
        options.Limits.MaxRequestBodySize = Request.BodyBytesMax * 64;   // the stores' synchronisation sends many entries at once
        options.Limits.MinRequestBodyDataRate = null;
        options.Limits.MinResponseDataRate = null;
        options.Listen(address, listen => listen.Protocols = HttpProtocols.Http1);
        var transport = new SocketTransportOptions { IOQueueCount = 1, Backlog = 512 };
        return new KestrelServer(
            Options.Create(options), new SocketTransportFactory(Options.Create(transport), NullLoggerFactory.Instance), NullLoggerFactory.Instance);
    }

    private static string Bound(KestrelServer kestrel, IPEndPoint asked) =>
        kestrel.Features.Get<Microsoft.AspNetCore.Hosting.Server.Features.IServerAddressesFeature>()?.Addresses.FirstOrDefault() ?? asked.ToString();
}
