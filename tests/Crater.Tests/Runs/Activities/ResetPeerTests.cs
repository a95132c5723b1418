using System.Net;
using System.Net.Sockets;
using Crater.Experiments;
using Crater.Runs.Activities;
using Xunit;

namespace Crater.Tests.Runs.Activities;

public sealed class ResetPeerTests
{
    /// <summary>A peer that resets at once makes the framework's client throw different errors, whichever side is quicker; fifty tries meet them all.</summary>
    [Fact]
    public async Task A_page_whose_server_resets_every_connection_at_once_is_a_failed_activity_with_its_code()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        using var over = new CancellationTokenSource();
        var resetting = ResetAllAsync(listener, over.Token);
        var provider = new HttpProvider($"http://{listener.LocalEndpoint}/", "GET", TimeSpan.FromSeconds(10));
        var activity = new Activity { Name = "ask", IsProbe = true, Provider = provider };
        var player = new ActivityPlayer([], TimeProvider.System);
        for (var ask = 0; ask < 50; ask++)
        {
            var result = await player.PlayAsync(activity, new ActivityContext(), TestContext.Current.CancellationToken);
            Assert.False(result.Succeeded);
            Assert.StartsWith("CRT2303", result.Output, StringComparison.Ordinal);
        }

        await over.CancelAsync();
        await resetting;
    }

    private static async Task ResetAllAsync(TcpListener listener, CancellationToken over)
    {
        try
        {
            while (true)
            {
                using var socket = await listener.AcceptSocketAsync(over);
                socket.Close(0);
            }
        }
        catch (OperationCanceledException)
        {
            // The test is over.
        }
    }
}
