using System.Net;
using System.Text.Json.Nodes;
using Crater.Agent.Host;
using Crater.Agent.State;
using Crater.EndToEnd.Tests.CommandLine;
using Xunit;

namespace Crater.EndToEnd.Tests.Agent;

/// <summary>craterd over HTTP: the same laws as on the command line, whoever dies.</summary>
public sealed class ServeTests : IDisposable
{
    private readonly Playground _playground = new();

    public void Dispose() => _playground.Dispose();

    [Fact]
    public async Task A_fault_is_put_on_looked_at_renewed_and_taken_off()
    {
        using var agent = await ServedAgent.StartAsync(_playground);

        var (injected, told) = await agent.InjectAsync("over-http", lease: "30s");
        Assert.True(injected == HttpStatusCode.Created, told.ToString());
        Assert.Equal("injected", (string?)told["state"]);

        var (_, query) = await agent.GetAsync("/v1/query?uid=over-http&look=true");
        Assert.Equal("present", (string?)query["injections"]![0]!["presence"]);

        var (_, leases) = await agent.PostAsync("/v1/leases", new JsonObject { ["lease"] = "10m", ["uids"] = new JsonArray("over-http", "never-was") });
        Assert.Equal("over-http", (string?)leases["renewed"]![0]);
        Assert.Equal("CRT5531", (string?)leases["refused"]![0]!["code"]);

        var (recovered, results) = await agent.PostAsync("/v1/recover", new JsonObject { ["uid"] = "over-http" });
        Assert.Equal(HttpStatusCode.OK, recovered);
        Assert.True((bool?)results["results"]![0]!["clean"]);
        Assert.Equal(InjectionStatus.Recovered, _playground.Record("over-http").Status);
    }

    [Fact]
    public async Task The_same_uid_again_is_refused_and_says_where_the_first_stands()
    {
        using var agent = await ServedAgent.StartAsync(_playground);
        await agent.InjectAsync("only-once");

        var (status, body) = await agent.InjectAsync("only-once");

        Assert.Equal((HttpStatusCode.Conflict, "CRT5524", "injected"), (status, ServedAgent.Code(body), (string?)body["error"]!["injection"]!["state"]));
    }

    [Fact]
    public async Task A_recover_that_overtakes_its_inject_leaves_a_tombstone()
    {
        using var agent = await ServedAgent.StartAsync(_playground);

        var (_, early) = await agent.PostAsync("/v1/recover", new JsonObject { ["uid"] = "too-late" });
        Assert.Equal("tombstone", (string?)early["results"]![0]!["state"]);

        var (status, body) = await agent.InjectAsync("too-late");
        Assert.Equal((HttpStatusCode.Conflict, "CRT5525"), (status, ServedAgent.Code(body)));
    }

    [Fact]
    public async Task The_socket_is_its_owners_alone()
    {
        using var agent = await ServedAgent.StartAsync(_playground);

        Assert.Equal(0x180 /* 0600 */, FileState.Of(Path.Combine(_playground.StateFolder, "craterd.sock"))!.Value.Permissions);
    }

    [Fact]
    public async Task Faults_outlive_a_serve_that_is_killed_and_leases_still_end_them()
    {
        using var agent = await ServedAgent.StartAsync(_playground);
        await agent.InjectAsync("outlives", lease: "3s");

        agent.Process.Signal(Signals.Kill);
        await agent.Process.EndAsync();

        Assert.True(_playground.Record("outlives").Keeper!.Value.IsAlive);
        await Wait.UntilAsync(() => _playground.Record("outlives").Status == InjectionStatus.Recovered, "the lease ends it");
    }
}
