using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Crater.Agent.Host;
using Crater.Agent.State;
using Crater.EndToEnd.Tests.CommandLine;
using Xunit;

namespace Crater.EndToEnd.Tests.Agent;

/// <summary>
/// Goal: traffic flows, whatever becomes of the proxy that it was led through.
/// Method: nginx under load in a network namespace of the test's own; the keeper is killed, stopped or asked to recover at random moments, and every connection that is made from then
/// on has to get its answer.
/// </summary>
public sealed class HttpKillTests : IDisposable
{
    private const string Uid = "http-kill";
    private const int Port = 8_080;

    private readonly Playground _playground = new();
    private readonly Random _dice = new(20_261_121);

    public void Dispose() => _playground.Dispose();

    [Theory]
    [InlineData("http-delay", false, "--delay", "30ms")]
    [InlineData("http-body", true, "--body", "another")]
    public async Task When_the_keeper_is_killed_under_load_new_connections_reach_the_server(string fault, bool isGuardianKilledToo, params string[] arguments)
    {
        var place = await StartServerAsync();
        using var load = new Load(place);
        for (var round = 0; round < 4; round++)
        {
            var uid = $"{Uid}-{round}";
            await InjectAsync(place, uid, [fault, .. arguments]);
            await load.RunAsync(TimeSpan.FromMilliseconds(_dice.Next(50, 400)));
            List<ProcessIdentity> dying = [_playground.Record(uid).Keeper!.Value];
            dying.AddRange(isGuardianKilledToo ? [_playground.Record(uid).Guardian!.Value] : []);

            // The guardian first stands still, so that nobody but the kernel can help.
            dying.ForEach(process => process.Signal(Signals.Stop));
            var killed = Stopwatch.GetTimestamp();
            dying.ForEach(process => process.Signal(Signals.Kill));
            await Wait.UntilAsync(() => _playground.OwnCraterds().Count == 0, "nobody of craterd is left");
            await load.AnsweredAsync(100);

            Assert.True(load.LastFailure(killed) < TimeSpan.FromSeconds(1), $"round {round}: a connection failed that was made {load.LastFailure(killed)} after the kill");
            Assert.Equal(0, (await _playground.RunAsync("recover", "--all")).Code);
            Assert.Equal(InjectionStatus.Recovered, _playground.Record(uid).Status);
        }
    }

    [Fact]
    public async Task When_the_keeper_is_stopped_under_load_the_kernel_leads_past_it_and_its_guardian_ends_it()
    {
        var place = await StartServerAsync();
        using var load = new Load(place);
        await InjectAsync(place, Uid, "http-status", "--path", "/never");
        await load.AnsweredAsync(50);

        var stopped = Stopwatch.GetTimestamp();
        _playground.Record(Uid).Keeper!.Value.Signal(Signals.Stop);
        await Wait.UntilAsync(() => _playground.OwnCraterds().Count == 0, "the guardian has ended the keeper and itself");
        await load.AnsweredAsync(100);

        Assert.True(load.LastFailure(stopped) < TimeSpan.FromSeconds(10), $"a connection failed that was made {load.LastFailure(stopped)} after the keeper was stopped");
        Assert.Equal(InjectionStatus.Recovered, _playground.Record(Uid).Status);
    }

    [Fact]
    public async Task A_stopped_keeper_without_a_guardian_gets_no_more_connections_after_a_moment()
    {
        var place = await StartServerAsync();
        using var load = new Load(place);
        await InjectAsync(place, Uid, "http-status", "--path", "/never");
        var (keeper, guardian) = (_playground.Record(Uid).Keeper!.Value, _playground.Record(Uid).Guardian!.Value);

        guardian.Signal(Signals.Stop);
        keeper.Signal(Signals.Stop);
        var stopped = Stopwatch.GetTimestamp();
        await Wait.UntilAsync(() => Stopwatch.GetElapsedTime(stopped) > TimeSpan.FromSeconds(5), "the rule has not been renewed for a while");
        var late = Stopwatch.GetTimestamp();
        await load.AnsweredAsync(100, since: late);

        Assert.Equal(TimeSpan.Zero, load.LastFailure(late));
        keeper.Signal(Signals.Kill);
        guardian.Signal(Signals.Kill);
        Assert.Equal(0, (await _playground.RunAsync("recover", "--all")).Code);
    }

    [Fact]
    public async Task Recovery_under_load_fails_no_request()
    {
        var place = await StartServerAsync();
        using var load = new Load(place);
        for (var round = 0; round < 3; round++)
        {
            await InjectAsync(place, $"{Uid}-{round}", "http-delay", "--delay", "50ms", "--drain", "5s");
            await load.RunAsync(TimeSpan.FromMilliseconds(_dice.Next(50, 300)));

            var recovered = await _playground.RunAsync("recover", $"{Uid}-{round}");
            Assert.True(recovered.Code == 0, recovered.ToString());
        }

        await load.AnsweredAsync(100);
        Assert.Equal(TimeSpan.Zero, load.LastFailure(0));
    }

    private async Task<ProcessIdentity> StartServerAsync()
    {
        Assert.SkipUnless(File.Exists("/usr/sbin/nginx") && File.Exists("/usr/bin/nsenter"), "nginx or nsenter is missing, which a server under load needs");
        var place = await _playground.StartNetworkAsync();
        var folder = _playground.Field;
        var temporary = string.Concat(new[] { "client_body", "proxy", "fastcgi", "uwsgi", "scgi" }.Select(kind => $"{kind}_temp_path {folder}/{kind}; "));
        await File.WriteAllTextAsync(Path.Combine(folder, "nginx.conf"),
            $"daemon off; master_process off; pid {folder}/pid; error_log {folder}/errors; events {{}} http {{ access_log off; {temporary} "
            + $"server {{ listen {Port}; listen [::]:{Port}; location / {{ return 200 hello; }} }} }}", TestContext.Current.CancellationToken);
        _ = _playground.StartVictim("/usr/bin/nsenter", $"--net=/proc/{place.Pid}/ns/net", "/usr/sbin/nginx", "-c", Path.Combine(folder, "nginx.conf"), "-e", $"{folder}/errors");
        await Wait.UntilAsync(() => Load.Answers(place), "nginx answers");
        return place;
    }

    private Task<Answer> InjectAsync(ProcessIdentity place, string uid, params string[] fault) => _playground.DoneAsync(["inject", fault[0], "--pid", $"{place.Pid}", "--port", $"{Port}", "--uid", uid, "-t", "60s", .. fault[1..]]);

    /// <summary>Clients that make one connection after the other, of both protocols, and note which of them came to nothing.</summary>
    private sealed class Load : IDisposable
    {
        private readonly ManualResetEventSlim _isOver = new();
        private readonly ConcurrentQueue<(long Began, bool IsAnswered)> _requests = new();
        private readonly List<Thread> _threads;

        public Load(ProcessIdentity place) => _threads = NetworkNamespace.Inside($"/proc/{place.Pid}/ns/net", () =>
        {
            // Threads begin in the namespace of the one that starts them.
            var threads = new[] { IPAddress.Loopback, IPAddress.IPv6Loopback, IPAddress.Loopback }.Select(address => new Thread(() => Run(address))).ToList();
            threads.ForEach(thread => thread.Start());
            return threads;
        });

        public static bool Answers(ProcessIdentity place) => NetworkNamespace.Inside($"/proc/{place.Pid}/ns/net", () => IsAnswered(IPAddress.Loopback));

        public Task RunAsync(TimeSpan time) => Task.Delay(time, TimeProvider.System, TestContext.Current.CancellationToken);

        /// <summary>Waits for more answers, to connections made since then or since now.</summary>
        public Task AnsweredAsync(int count, long? since = null)
        {
            var from = since ?? Stopwatch.GetTimestamp();
            return Wait.UntilAsync(() => _requests.Count(request => request.IsAnswered && request.Began >= from) >= count, $"{count} requests are answered");
        }

        /// <summary>How long after that moment the last connection was made that failed; zero for none.</summary>
        public TimeSpan LastFailure(long moment) =>
            _requests.Where(request => !request.IsAnswered && request.Began >= moment).Select(request => Stopwatch.GetElapsedTime(moment, request.Began)).DefaultIfEmpty().Max();

        public void Dispose()
        {
            _isOver.Set();
            _threads.ForEach(thread => thread.Join());
            _isOver.Dispose();
        }

        private void Run(IPAddress address)
        {
            while (!_isOver.Wait(TimeSpan.FromMilliseconds(1)))
            {
                var began = Stopwatch.GetTimestamp();
                _requests.Enqueue((began, IsAnswered(address)));
            }
        }

        private static bool IsAnswered(IPAddress address)
        {
            try
            {
                using var client = new WebClient(new IPEndPoint(address, Port));
                client.Send("GET / HTTP/1.1\r\nHost: test\r\n\r\n");
                return client.Answer() is var answer && (answer.EndsWith("hello", StringComparison.Ordinal) || answer.EndsWith("another", StringComparison.Ordinal));
            }
            catch (Exception e) when (e is IOException or SocketException)
            {
                return false;
            }
        }
    }
}
