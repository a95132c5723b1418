using System.Text.Json.Nodes;
using Crater.EndToEnd.Tests.CommandLine;
using Crater.Tests.Architecture;
using Xunit;

namespace Crater.EndToEnd.Tests.Observability;

/// <summary>Every query of every dashboard, asked of a real Prometheus.</summary>
public sealed class DashboardTests(ObservedWorld world) : IClassFixture<ObservedWorld>
{
    [Fact]
    public async Task Every_query_of_every_dashboard_gives_data()
    {
        Assert.SkipWhen(ObservedWorld.Missing is not null, ObservedWorld.Missing ?? "");
        var queries = Panels.Queries.ToList();
        Assert.True(queries.Count > 60, $"{queries.Count} queries were found");
        var silent = queries;
        await Wait.ComesTrueAsync(async () =>
        {
            List<PanelQuery> left = [];
            foreach (var query in silent)
            {
                if (await ComplaintAsync(query.Expression) is not null)
                {
                    left.Add(query);
                }
            }

            silent = left;
            return left.Count == 0;
        }, Wait.Patience);
        foreach (var query in silent)
        {
            Assert.Fail($"{query}: {await ComplaintAsync(query.Expression)}");
        }
    }

    [Fact]
    public async Task Every_metric_that_a_dashboard_or_an_alert_names_is_exposed_by_somebody()
    {
        Assert.SkipWhen(ObservedWorld.Missing is not null, ObservedWorld.Missing ?? "");
        var named = Panels.Queries.Concat(Rules()).SelectMany(query => Panels.Names(query.Expression).Select(name => (query.Where, name))).ToList();
        Assert.Contains(named, one => one.name == "crater_active_faults");
        IReadOnlySet<string> known = new HashSet<string>();
        await Wait.ComesTrueAsync(async () => (known = await world.Prometheus.NamesAsync()).IsSupersetOf(named.Select(one => one.name)), Wait.Patience);
        var unknown = named.Where(one => !known.Contains(one.name)).Select(one => $"{one.name} ({one.Where})").ToList();
        Assert.True(unknown.Count == 0, $"Nobody exposes {string.Join(", ", unknown)}.");
    }

    [Theory]
    [InlineData("sum(crater_active_fault)", "no data")]
    [InlineData("sum(rate(crater_guard_breaches_total[10s])", "parse error")]
    [InlineData("rate(crater_guard_breaches_total)", "parse error")]
    public async Task A_query_that_is_wrong_is_found(string expression, string complaint)
    {
        Assert.SkipWhen(ObservedWorld.Missing is not null, ObservedWorld.Missing ?? "");
        Assert.Contains(complaint, await ComplaintAsync(expression) ?? "", StringComparison.Ordinal);
    }

    [Fact]
    public void The_names_in_an_expression_are_its_metrics() => Assert.Equal(["a_total", "b_bucket"],
        Panels.Names("""histogram_quantile(0.95, sum by (le, app) (rate(b_bucket{app=~"x",le!=""}[5m]))) / on (app) group_left (y) sum(a_total) or vector(0)""").Order(StringComparer.Ordinal));

    [Fact]
    public void A_dashboard_has_ids_that_are_unique_and_a_sentence_for_each_panel() => Assert.All(Panels.Files, file =>
    {
        var dashboard = JsonNode.Parse(File.ReadAllText(file))!;
        Assert.Equal(Path.GetFileNameWithoutExtension(file), (string?)dashboard["uid"]);
        var panels = dashboard["panels"]!.AsArray();
        Assert.Equal(panels.Count, panels.Select(panel => (int)panel!["id"]!).Distinct().Count());
        Assert.All(panels, panel => Assert.EndsWith(".", (string?)panel!["description"], StringComparison.Ordinal));
    });

    /// <returns>Null when there is data.</returns>
    private async Task<string?> ComplaintAsync(string expression)
    {
        var answer = await world.Prometheus.QueryAsync(expression);
        return (string?)answer["status"] != "success" ? (string?)answer["error"]
            : answer["data"]!["result"] is JsonArray { Count: > 0 } ? null : "no data";
    }

    private static IEnumerable<PanelQuery> Rules() => File.ReadLines(RepositoryRoot.File("deploy", "observability", "prometheus", "crater.rules.yml"))
        .Select(line => line.Trim()).Where(line => line.StartsWith("expr: ", StringComparison.Ordinal)).Select(line => new PanelQuery("rules", line["expr: ".Length..]));
}
