using System.Text;
using System.Text.Json.Nodes;
using Crater.Kubernetes.Client;
using Crater.Kubernetes.Doctor;
using Xunit;

namespace Crater.EndToEnd.Tests.Kubernetes;

/// <summary>The client against a cluster: the lab, or a real one (<see cref="TestCluster"/>).</summary>
public sealed class ClientOnClusterTests(TestCluster cluster) : IClassFixture<TestCluster>
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    private KubernetesClient Client => cluster.Client;

    private string Space => cluster.Namespace;

    [Fact]
    public async Task A_program_runs_in_a_container_and_the_containers_log_is_read()
    {
        await cluster.RunAsync("talker", "sh", "-c", "echo ready; exec sleep 600");
        using var output = new MemoryStream();
        using var errors = new MemoryStream();
        var end = await Client.ExecAsync(Space, "talker", new ExecRequest { Command = ["sh", "-c", "tr a-z A-Z; echo bad >&2; exit 7"] },
            new ExecStreams(new MemoryStream("to the end"u8.ToArray()), output, errors), Stop);
        Assert.Equal((7, "TO THE END", "bad\n"), (end.ExitCode, Encoding.UTF8.GetString(output.ToArray()), Encoding.UTF8.GetString(errors.ToArray())));

        await foreach (var line in Client.LogAsync(Space, "talker", new LogQuery { Follow = true }, Stop))
        {
            Assert.Equal("ready", line);
            break;
        }
    }

    [Fact]
    public async Task An_informer_tells_what_others_change()
    {
        using var enough = CancellationTokenSource.CreateLinkedTokenSource(Stop);
        List<string> told = [];
        var informer = new Informer(Client, Resource.ConfigMaps, Space, new InformerOptions { Query = new ListQuery { LabelSelector = "of=informer" } }, TimeProvider.System);
        var running = informer.RunAsync((one, _) =>
        {
            told.Add($"{one.Change} {one.Object.Text("data", "k")}");
            if (one.Change == InformerChange.Deleted)
            {
                enough.Cancel();
            }

            return ValueTask.CompletedTask;
        }, enough.Token);
        await informer.Synced.WaitAsync(Stop);
        var map = Data("k", "1");
        map["metadata"] = new JsonObject { ["name"] = "watched", ["labels"] = new JsonObject { ["of"] = "informer" } };
        await Client.CreateAsync(Resource.ConfigMaps, Space, map, Stop);
        await Client.PatchAsync(Resource.ConfigMaps, Space, "watched", PatchForm.Json, JsonNode.Parse("""[{"op":"replace","path":"/data/k","value":"2"}]""")!, null, Stop);
        await Client.DeleteAsync(Resource.ConfigMaps, Space, "watched", new DeleteRequest(), Stop);
        await running;
        Assert.Equal(["Added 1", "Updated 2", "Deleted 2"], told);
    }

    [Fact]
    public async Task A_name_at_the_limit_is_taken_and_one_beyond_is_refused_by_name()
    {
        var longest = new string('a', 253);
        Assert.Equal(longest, (await Client.CreateAsync(Resource.ConfigMaps, Space, Named(longest), Stop)).Name());
        Assert.Equal(longest, (await Client.GetAsync(Resource.ConfigMaps, Space, longest, Stop)).Name());
        var error = await Assert.ThrowsAsync<KubernetesException>(() => Client.CreateAsync(Resource.ConfigMaps, Space, Named(longest + "a"), Stop));
        Assert.Equal("CRT5206", error.Code);
        Assert.Contains("no more than 253", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_kind_that_is_not_there_is_told_from_an_object_that_is_not_there()
    {
        var absent = new Resource("absent.crater.dev", "v1", "things", "Thing", true);
        Assert.Equal("CRT5212", (await Assert.ThrowsAsync<KubernetesException>(() => Client.GetAsync(absent, Space, "one", Stop))).Code);
        Assert.Equal("CRT5203", (await Assert.ThrowsAsync<KubernetesException>(() => Client.GetAsync(Resource.Pods, Space, "absent", Stop))).Code);
        Assert.Equal("CRT5212", (await Assert.ThrowsAsync<KubernetesException>(() => new ApiCatalogue(Client, TimeProvider.System).NeedAsync(absent, Stop))).Code);
    }

    [Fact]
    public async Task Nothing_that_a_dry_client_writes_is_stored()
    {
        await Client.DryRun().CreateAsync(Resource.ConfigMaps, Space, Named("dry"), Stop);
        Assert.Null(await Client.FindAsync(Resource.ConfigMaps, Space, "dry", Stop));
    }

    [Fact]
    public async Task The_doctor_finds_nothing_missing()
    {
        using var outside = new HttpClient();
        var found = await new ClusterDoctor(cluster.Connection, null, outside, TimeProvider.System).ExamineAsync(Stop);
        Assert.True(found.IsFine, found.ToJson().ToJsonString());
    }

    private static JsonObject Data(string key, string value) => new() { ["data"] = new JsonObject { [key] = value } };

    private static JsonObject Named(string name) => new() { ["metadata"] = new JsonObject { ["name"] = name } };
}
