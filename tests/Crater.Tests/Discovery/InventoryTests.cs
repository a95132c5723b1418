using Crater.Discovery;
using Xunit;

namespace Crater.Tests.Discovery;

public sealed class InventoryTests
{
    private static readonly Topology Analysed = TopologyAnalysis.Analyse(Some.Topology("front-end", ("front-end", "carts"), ("carts", "carts-db"))) with
    {
        Version = "v1.32.4",
        Unknown = [new Blindness("poddisruptionbudgets", "", "forbidden")],
    };

    [Fact]
    public void The_list_is_grouped_by_kind_with_counts()
    {
        var text = InventoryText.Write(Analysed);
        Assert.Contains("DEPLOYMENT (3)\n   • front-end (shop)\n", text, StringComparison.Ordinal);
        Assert.Contains("Cluster: v1.32.4 (test)", text, StringComparison.Ordinal);
    }

    [Fact]
    public void What_could_not_be_seen_is_said() =>
        Assert.Contains("poddisruptionbudgets: forbidden", InventoryText.Write(Analysed), StringComparison.Ordinal);

    [Fact]
    public void The_table_has_a_cell_for_every_column()
    {
        var table = InventoryTable.From(Analysed, withSelectors: true);
        Assert.All(table.Rows, row => Assert.Equal(table.Columns.Count, row.Count));
        Assert.Contains(table.Rows, row => row[0] == "carts" && row[7] == "carts-db" && row[^1] == "app=carts");
    }

    [Fact]
    public void Json_reads_back_as_the_same() =>
        Assert.Equal(TopologyJson.Write(Analysed), TopologyJson.Write(TopologyJson.Read(TopologyJson.Write(Analysed))));

    [Fact]
    public void Drawings_have_every_component_and_edge()
    {
        Assert.Equal(2, TopologyDrawing.Mermaid(Analysed).Split('\n').Count(line => line.Contains("->", StringComparison.Ordinal)));
        Assert.Equal(2, TopologyDrawing.Dot(Analysed).Split('\n').Count(line => line.Contains("->", StringComparison.Ordinal)));
        Assert.Contains("carts-db", TopologyDrawing.Dot(Analysed), StringComparison.Ordinal);
    }
}
