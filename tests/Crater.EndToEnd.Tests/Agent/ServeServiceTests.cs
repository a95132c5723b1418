using System.Diagnostics;
using System.Globalization;
using System.Net.Sockets;
using System.Text;
using Crater.EndToEnd.Tests.CommandLine;
using Xunit;

namespace Crater.EndToEnd.Tests.Agent;

/// <summary>craterd as a service of systemd: what it tells the one that watches over it, and the unit that is supplied.</summary>
public sealed class ServeServiceTests : IDisposable
{
    private readonly Playground _playground = new();

    public void Dispose() => _playground.Dispose();

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task It_says_when_it_serves_that_it_is_alive_and_that_it_ends(bool isAbstract)
    {
        using var manager = new Socket(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified) { ReceiveTimeout = 20_000 };
        var name = isAbstract ? $"@{Path.GetFileName(_playground.Folder)}" : Path.Combine(_playground.Folder, "notify");
        manager.Bind(new UnixDomainSocketEndPoint(isAbstract ? '\0' + name[1..] : name));
        using var craterd = Start(name, watchdog: TimeSpan.FromSeconds(1));

        Assert.StartsWith("READY=1\nSTATUS=craterd serves unix:", Hear(manager), StringComparison.Ordinal);
        await craterd.SaysAsync("craterd serves unix:");
        Assert.Equal(["WATCHDOG=1", "WATCHDOG=1"], [Hear(manager), Hear(manager)]);
        // A process that stands still says nothing, and would be started anew.
        craterd.Signal(Signals.Stop);
        manager.ReceiveTimeout = 2_500;
        var silence = Assert.Throws<SocketException>(() => { while (Hear(manager) == "WATCHDOG=1") { } });
        Assert.True(silence.SocketErrorCode is SocketError.TimedOut or SocketError.WouldBlock, silence.Message);
        craterd.Signal(Signals.Continue);
        manager.ReceiveTimeout = 20_000;
        Assert.Equal("WATCHDOG=1", Hear(manager));

        craterd.Signal(Signals.Terminate);
        string last;
        while ((last = Hear(manager)) == "WATCHDOG=1")
        {
            // Until it has heard.
        }

        Assert.Equal("STOPPING=1", last);
        Assert.Equal(0, (await craterd.EndAsync()).Code);
    }

    [Fact]
    public async Task A_manager_that_is_gone_changes_nothing()
    {
        using var craterd = Start(Path.Combine(_playground.Folder, "nobody"), TimeSpan.FromSeconds(1));
        await craterd.SaysAsync("craterd serves unix:");
        craterd.Signal(Signals.Terminate);
        Assert.Equal(0, (await craterd.EndAsync()).Code);
    }

    [Theory]
    [InlineData("craterd.service")]
    [InlineData("crater-recover.service")]
    public async Task Systemd_finds_nothing_wrong_with_the_unit(string name)
    {
        const string Tool = "/usr/bin/systemd-analyze";
        Assert.SkipUnless(File.Exists(Tool), "systemd-analyze is missing (Debian package systemd), which knows what a unit may say");
        var unit = Path.Combine(_playground.Folder, name);
        File.WriteAllText(unit, File.ReadAllText(Path.Combine(Checkout.Root, "deploy", "systemd", name)).Replace("/usr/local/bin/craterd", Playground.Program, StringComparison.Ordinal));

        var start = new ProcessStartInfo(Tool, ["verify", "--man=no", unit]) { RedirectStandardError = true, RedirectStandardOutput = true };
        using var verify = Process.Start(start)!;
        var words = await verify.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        await verify.WaitForExitAsync(TestContext.Current.CancellationToken);

        // It also looks at the units that this one asks for, which are the machine's own; about this one there must be no word.
        Assert.DoesNotContain(words.Split('\n'), line => line.Contains(name, StringComparison.Ordinal));
        Assert.Equal(0, verify.ExitCode);
    }

    private CraterProcess Start(string manager, TimeSpan watchdog) => CraterProcess.Start(_playground.Folder, new Dictionary<string, string>
    {
        ["CRATERD_STATE"] = _playground.StateFolder,
        ["NOTIFY_SOCKET"] = manager,
        ["WATCHDOG_USEC"] = watchdog.TotalMicroseconds.ToString(CultureInfo.InvariantCulture),
    }, [Playground.Program, "serve"]);

    private static string Hear(Socket manager)
    {
        var words = new byte[512];
        return Encoding.UTF8.GetString(words, 0, manager.Receive(words));
    }
}
