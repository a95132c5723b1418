using Crater.Agents;
using Crater.Diagnostics;
using Crater.Discovery;
using Crater.Documents;
using Crater.Experiments;
using Crater.Targets;
using Xunit;

namespace Crater.Tests.Agents;

public sealed class HostReadingTests
{
    private const string Place = "/etc/crater/stack.yaml";

    [Fact]
    public void A_host_has_an_address_labels_and_files_to_sign_in_with()
    {
        var stack = StackReader.Read("""
            hosts:
              - {name: db1, address: "https://10.0.0.2:7447", labels: {role: db}, token_file: db1.token, ca: /ca.pem}
              - {name: here, address: "unix:/run/crater/craterd.sock"}
            """, Place);

        Assert.Equal(("https://10.0.0.2:7447", "/etc/crater/db1.token", "/ca.pem"), (stack.Hosts[0].Address, stack.Hosts[0].TokenFile, stack.Hosts[0].AuthorityFile));
        Assert.Equal(new Dictionary<string, string> { ["role"] = "db", ["host"] = "db1" }, stack.Hosts[0].Labels);
        Assert.Equal(("/run/crater/craterd.sock", true), (stack.Hosts[1].Address, stack.Hosts[1].IsSocket));
        Assert.Equal((false, 0), (stack.NamesCluster, stack.Warnings.Count));
    }

    [Theory]
    [InlineData("{name: db 1, address: 'https://h:1'}", "CRT5717")]
    [InlineData("{name: db1, address: 'db1:7447'}", "CRT5717")]
    [InlineData("{name: db1, address: 'https://user:word@h:1'}", "CRT5717")]
    [InlineData("{name: db1}", "CRT5717")]
    [InlineData("{name: db1, address: 'https://h:1', token: hunter2}", "CRT5718")]
    [InlineData("db1", "CRT9002")]
    public void What_is_wrong_with_a_host_has_its_own_code(string host, string code) =>
        Assert.Equal(code, Assert.Throws<CraterException>(() => StackReader.Read($"hosts: [{host}]", Place)).Code);

    [Fact]
    public void Two_hosts_of_one_name_are_refused_and_plain_http_is_warned_about()
    {
        Assert.Equal("CRT5717", Assert.Throws<CraterException>(() => StackReader.Read("hosts: [{name: a, address: 'https://h:1'}, {name: a, address: 'https://i:1'}]", Place)).Code);
        Assert.Equal(["CRT5719"], StackReader.Read("hosts: [{name: a, address: 'http://10.0.0.2:1'}, {name: b, address: 'http://127.0.0.1:1'}]", Place).Warnings.Select(problem => problem.Code));
    }

    [Theory]
    [InlineData("process-stop", "{hosts: 'role=db', process: redis-server, count: 2}", "process hosts=role=db process=redis-server count=2")]
    [InlineData("process-kill", "{hosts: {role: db}, process: redis-server}", "process hosts=role=db process=redis-server count=1")]
    [InlineData("container-pause", "{hosts: 'role=db', container: 4f0c1d}", "container hosts=role=db container=4f0c1d count=1")]
    [InlineData("cpu-burn", "{hosts: 'role=db', container: redis-server}", "container hosts=role=db container=redis-server count=1")]
    [InlineData("network-partition", "{hosts: '*', share: 50%}", "host hosts=* share=0.5")]
    public void A_target_on_hosts_is_read(string fault, string target, string expected) => Assert.Equal(expected, Target(fault, target, out _)?.ToString());

    [Theory]
    [InlineData("process-stop", "{process: redis-server}", "CRT5720")]
    [InlineData("process-stop", "{hosts: 'role=db', process: redis-server, namespace: shop}", "CRT5720")]
    [InlineData("process-stop", "{hosts: 'role=db', process: redis-server, labels: 'app=x'}", "CRT5720")]
    [InlineData("process-kill", "{hosts: 'role=db'}", "CRT2072")]
    [InlineData("port-occupy", "{hosts: 'role=db', process: x}", "CRT2072")]
    [InlineData("process-kill", "{namespace: shop, labels: 'app=x'}", "CRT2072")]
    [InlineData("pod-kill", "{hosts: 'role=db'}", "CRT2072")]
    [InlineData("process-stop", "{hosts: 'a in', process: x}", "CRT2071")]
    [InlineData("container-kill", "{container: x}", "CRT5720")]
    [InlineData("container-kill", "{hosts: 'role=db', container: x, process: y}", "CRT5720")]
    [InlineData("container-kill", "{hosts: 'role=db'}", "CRT2072")]
    [InlineData("process-kill", "{hosts: 'role=db', container: x}", "CRT2072")]
    [InlineData("container-remove", "{namespace: shop, labels: 'app=x'}", "CRT2072")]
    public void A_target_that_would_be_another_one_than_meant_is_refused(string fault, string target, string code)
    {
        Target(fault, target, out var codes);
        Assert.Contains(code, codes);
    }

    [Fact]
    public async Task A_host_that_does_not_answer_is_unknown_and_no_empty_answer()
    {
        using var fleet = new AgentFleet([SomeHosts.Named("db1") with { Address = "/nonexistent/craterd.sock" }], TimeProvider.System);
        var abort = TestContext.Current.CancellationToken;

        Assert.Equal("CRT5710", (await Assert.ThrowsAsync<CraterException>(() => new AgentTargets(fleet).FindAsync(new TargetSelector { Kind = TargetKind.Host, Hosts = "" }, abort))).Code);
        Assert.Equal("CRT5710", (await Assert.ThrowsAsync<CraterException>(() => new AgentClaims(fleet).ListAsync(abort))).Code);
        Assert.Equal("CRT5710", (await Assert.ThrowsAsync<CraterException>(() => new AgentTopology(fleet).DiscoverAsync(abort))).Code);
        var injection = SomeHosts.Injection("process-stop", TargetKind.Process);
        var seen = await new AgentDriver(fleet).InspectAsync(injection, new() { Before = new("stopped=0") }, abort);
        Assert.Equal((Crater.Drivers.Presence.Unknown, null), (seen.Presence, seen.Now));
    }

    private static TargetSelector? Target(string fault, string target, out IReadOnlyList<string> codes)
    {
        var arguments = fault is "port-occupy" ? "{port: 9}" : "{}";
        var reading = ExperimentReader.Read($$$"""
            title: t
            method: [{type: action, name: a, provider: {type: fault, fault: {{{fault}}}, target: {{{target}}}, arguments: {{{arguments}}}, duration: 5s}}]
            """, DocumentFormat.Yaml, new ReadOptions());
        codes = [.. reading.Errors.Select(problem => problem.Code)];
        return (reading.Experiment?.Method[0].Provider as FaultProvider)?.Target;
    }
}
