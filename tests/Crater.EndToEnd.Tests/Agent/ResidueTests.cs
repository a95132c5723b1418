using Crater.EndToEnd.Tests.CommandLine;
using Xunit;

namespace Crater.EndToEnd.Tests.Agent;

/// <summary>What craterd finds of other tools, in network namespaces that the test made.</summary>
public sealed class ResidueTests : IDisposable
{
    private readonly Playground _playground = new();

    public void Dispose() => _playground.Dispose();

    [Theory]
    [InlineData("iptables-legacy", "iptables-legacy-save -t filter")]
    [InlineData("ip6tables-legacy", "ip6tables-legacy-save -t filter")]
    [InlineData("iptables-nft", "iptables-save")]
    public async Task A_chain_of_another_tool_is_found_in_every_namespace_and_whichever_iptables_made_it(string program, string look)
    {
        Assert.SkipUnless(File.Exists("/usr/sbin/" + program), $"{program} is missing");
        var place = await _playground.StartNetworkAsync();
        using (var make = Inside(place.Pid, "/usr/sbin/" + program, "-N", "CHAOS-INPUT"))
        {
            var made = await make.EndAsync();
            Assert.SkipUnless(made.Code == 0, $"{program} does not work with this kernel: {made.Error}");
        }

        var answer = await _playground.RunAsync("residue");

        Assert.Equal(4, answer.Code);
        // The next line says how to look, and into which of the processes of that namespace it goes.
        Assert.Contains($"Chaos Mesh: chain CHAOS-INPUT is in table filter in the network namespace of process {place.Pid}\n  look with: nsenter --net=/proc/{place.Pid}/ns/net {look}\n", answer.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_chain_of_nobodys_is_no_residue()
    {
        Assert.SkipUnless(File.Exists("/usr/sbin/iptables-legacy"), "iptables-legacy is missing");
        var place = await _playground.StartNetworkAsync();
        using var make = Inside(place.Pid, "/usr/sbin/iptables-legacy", "-N", "DOCKER");
        await make.EndAsync();

        Assert.DoesNotContain("DOCKER", (await _playground.RunAsync("residue")).Out, StringComparison.Ordinal);
    }

    private CraterProcess Inside(int pid, params string[] vector) => CraterProcess.Start(_playground.Folder, new Dictionary<string, string>(),
        ["/usr/bin/nsenter", $"--net=/proc/{pid}/ns/net", .. vector]);
}
