using System.Net;
using System.Text;
using Crater.Agent.Host;
using Crater.EndToEnd.Tests.CommandLine;
using Xunit;

namespace Crater.EndToEnd.Tests.Agent;

/// <summary>Questions for names, asked of a name server that the test is itself, in a network namespace that the test made.</summary>
public sealed class DnsFaultTests : IDisposable
{
    private readonly Playground _playground = new();

    public void Dispose() => _playground.Dispose();

    [Theory]
    [InlineData("127.0.0.1", 1, "0A010203")]
    [InlineData("::1", 1, "0A010203")]
    [InlineData("127.0.0.1", 28, "FD000000000000000000000000000007")]
    public async Task A_name_means_another_address_and_all_others_are_asked_as_before(string server, ushort type, string address)
    {
        var place = await _playground.StartNetworkAsync();
        await InjectAsync(place, "over-1", "dns-override", "--domain", "*.example.com,one.test", "--ip", "10.1.2.3,fd00::7");

        var hit = Packets.Ask(place, IPAddress.Parse(server), Question("API.example.com", type));
        Assert.False(hit.IsAsked);
        Assert.Equal("1234" + "8180", Convert.ToHexString(hit.Answer!)[..8]);
        Assert.EndsWith(address, Convert.ToHexString(hit.Answer!), StringComparison.Ordinal);
        Assert.True(Packets.Ask(place, IPAddress.Parse(server), Question("example.org", type)).IsAsked);
        Assert.True(Packets.Ask(place, IPAddress.Parse(server), Question("not-one.test", type)).IsAsked);

        await RecoverAsync("over-1");
        Assert.True(Packets.Ask(place, IPAddress.Parse(server), Question("api.example.com", type)).IsAsked);
    }

    [Theory]
    [InlineData("servfail", "8182")]
    [InlineData("nxdomain", "8183")]
    [InlineData("refused", "8185")]
    [InlineData("timeout", "")]
    public async Task Names_fail_in_the_way_that_was_asked_for(string answer, string expected)
    {
        var place = await _playground.StartNetworkAsync();
        await InjectAsync(place, "fail-1", "dns-fail", "--answer", answer);

        var hit = Packets.Ask(place, IPAddress.Loopback, Question("any.name.at.all", 1));
        Assert.False(hit.IsAsked);
        Assert.Equal(expected, hit.Answer is null ? "" : Convert.ToHexString(hit.Answer)[4..8]);
    }

    [Fact]
    public async Task What_is_no_question_passes_untouched()
    {
        var place = await _playground.StartNetworkAsync();
        await InjectAsync(place, "odd-1", "dns-fail");

        Assert.True(Packets.Ask(place, IPAddress.Loopback, [1, 2, 3]).IsAsked);
        Assert.True(Packets.Ask(place, IPAddress.Loopback, new byte[200]).IsAsked);
    }

    [Fact]
    public async Task Names_mean_what_they_meant_at_once_when_both_processes_are_killed()
    {
        var place = await _playground.StartNetworkAsync();
        await InjectAsync(place, "dead-1", "dns-fail");
        foreach (var signal in new[] { Signals.Stop, Signals.Kill })
        {
            _playground.OwnCraterds().ToList().ForEach(process => process.Signal(signal));
        }

        await Wait.UntilAsync(() => _playground.OwnCraterds().Count == 0, "both have ended");
        Assert.True(Packets.Ask(place, IPAddress.Loopback, Question("example.org", 1)).IsAsked);
    }

    [Theory]
    [InlineData("CRT5505", "dns-override", "--ip", "10.0.0.1")]
    [InlineData("CRT5681", "dns-override", "--domain", "a.test", "--ip", "10.0.0.0/8")]
    [InlineData("CRT5681", "dns-override", "--domain", "a.test", "--ip", "somewhere")]
    public async Task Arguments_that_make_no_sense_are_refused(string error, string fault, params string[] arguments)
    {
        var place = await _playground.StartNetworkAsync();

        var answer = await _playground.RunAsync(["inject", fault, "--pid", $"{place.Pid}", "-t", "5s", .. arguments]);
        Assert.Equal((1, error), (answer.Code, answer.Error.Split(':')[0]));
    }

    /// <summary>As a resolver writes it.</summary>
    internal static byte[] Question(string name, ushort type) =>
        [0x12, 0x34, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, .. name.Split('.').SelectMany(label => Encoding.ASCII.GetBytes(label).Prepend((byte)label.Length)), 0, 0, (byte)type, 0, 1];

    private Task<Answer> InjectAsync(ProcessIdentity place, string uid, string fault, params string[] arguments) => _playground.DoneAsync(["inject", fault, "--pid", $"{place.Pid}", "--uid", uid, "-t", "60s", .. arguments]);

    private Task<Answer> RecoverAsync(string uid) => _playground.DoneAsync("recover", uid);
}
