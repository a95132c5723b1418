using System.Text.Json.Nodes;
using Crater.EndToEnd.Tests.CommandLine;
using Crater.EndToEnd.Tests.Lab;
using Crater.Lab;
using Crater.Lab.Nodes;
using Crater.Lab.Store;
using Crater.Tests.Architecture;
using Xunit;

namespace Crater.EndToEnd.Tests.Samples;

/// <summary>samples/three-tier in the lab: the real PostgreSQL, API and UI as processes.</summary>
public sealed class ThreeTierTests : IAsyncLifetime
{
    private static readonly string Folder = RepositoryRoot.File("samples", "three-tier");
    private readonly string _home = Directory.CreateTempSubdirectory("crater-tiers-").FullName;
    private readonly HttpClient _http = new() { Timeout = TimeSpan.FromSeconds(10) };
    private LabCluster? _lab;
    private Uri _page = new("http://localhost");

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        Assert.SkipUnless(Directory.Exists("/usr/lib/postgresql"), "the Debian package postgresql is missing");
        var secret = Path.Combine(_home, "secret.yaml");
        await File.WriteAllTextAsync(secret, "apiVersion: v1\nkind: Namespace\nmetadata: {name: three-tier}\n---\napiVersion: v1\nkind: Secret\nmetadata: {name: database, namespace: three-tier}\nstringData: {password: of-a-test}\n", Stop);
        _lab = await LabCluster.StartAsync(new LabOptions
        {
            Nodes = 2,
            Kubeconfig = Path.Combine(_home, "kubeconfig"),
            Manifests = [secret, Path.Combine(Folder, "three-tier.yaml")],
            Images = new ImageMap().Add("crater/three-tier", [Path.Combine(AppContext.BaseDirectory, "three-tier")]).Add("docker.io/library/postgres", [Path.Combine(Folder, "postgres-in-lab.sh")]),
            Tool = LabFixture.Tool,
            BackOffBase = TimeSpan.FromSeconds(1),
        }, Stop);
        try
        {
            await Wait.UntilAsync(() => Task.FromResult(Ready("statefulsets.apps", "database") == 1 && Ready("deployments.apps", "api") == 2 && Ready("deployments.apps", "ui") == 2), "all tiers are ready", Wait.Patience * 2);
        }
        catch
        {
            // Nobody disposes of what did not begin, and a PostgreSQL that has changed its user would outlive this process.
            await _lab.DisposeAsync();
            throw;
        }

        _page = new Uri($"http://{(string?)_lab.Store.Get("services", "three-tier", "ui")!["metadata"]!["annotations"]!["lab.crater.dev/outside-address"]}");
    }

    public async ValueTask DisposeAsync()
    {
        _http.Dispose();
        if (_lab is not null)
        {
            await _lab.DisposeAsync();
        }

        Directory.Delete(_home, recursive: true);
    }

    [Fact]
    public async Task A_killed_database_shows_on_the_page_and_loses_no_note()
    {
        using (var kept = await _http.PostAsync(new Uri(_page, "/api/notes"), new StringContent("socks"), Stop))
        {
            Assert.Equal(201, (int)kept.StatusCode);
        }

        Assert.Contains("Notes in three tiers", await _http.GetStringAsync(_page, Stop), StringComparison.Ordinal);
        Assert.True((await StatusAsync()) is { Api: true, Database: true });
        // At once, as pod-kill does it: PostgreSQL has no time for its books, and reads them again from what its volume holds.
        var before = _lab!.Store.Get("pods", "three-tier", "database-0").Uid();
        new ObjectDeletion(_lab.Store, TimeProvider.System).Delete("pods", "three-tier", "database-0", new DeletionOptions { GraceSeconds = 0 });
        await Wait.UntilAsync(async () => !(await StatusAsync()).Database, "the page says that the database does not answer", Wait.Patience);
        await Wait.UntilAsync(async () => (await StatusAsync()).Database, "the database answers again", Wait.Patience);
        Assert.Contains("socks", await _http.GetStringAsync(new Uri(_page, "/api/notes"), Stop), StringComparison.Ordinal);
        Assert.NotEqual(before, _lab.Store.Get("pods", "three-tier", "database-0").Uid());
    }

    [Fact]
    public async Task The_experiment_that_kills_an_API_comes_to_its_end_and_the_other_one_carries_the_load()
    {
        var killed = PodsOf("api");
        using var run = CraterProcess.Start(_home, new Dictionary<string, string> { ["KUBECONFIG"] = Path.Combine(_home, "kubeconfig"), ["HOME"] = _home, ["UI_URL"] = _page.ToString().TrimEnd('/') },
            [CraterProcess.Program, "run", Path.Combine(Folder, "experiments", "api-killed.yaml"), "--json"]);
        var answer = await run.EndAsync();
        Assert.True(answer.Code == 0, answer.ToString());
        Assert.Equal("upheld", (string?)answer.Json["verdict"]);
        Assert.Single(killed.Except(PodsOf("api")));
        Assert.Equal(2, PodsOf("api").Count);
        Assert.True((await StatusAsync()) is { Api: true, Database: true });
    }

    private List<string> PodsOf(string app) => [.. _lab!.Store.Scan("pods", "three-tier").Items.Where(pod => (string?)pod["metadata"]!["labels"]!["app"] == app).Select(pod => pod.Uid())];

    private int Ready(string kind, string name) => (int?)_lab!.Store.Get(kind, "three-tier", name)?["status"]?["readyReplicas"] ?? 0;

    private async Task<(bool Api, bool Database)> StatusAsync()
    {
        var status = JsonNode.Parse(await _http.GetStringAsync(new Uri(_page, "/status"), Stop))!;
        return ((bool)status["api"]!, (bool)status["database"]!);
    }
}
