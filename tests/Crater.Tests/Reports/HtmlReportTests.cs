using System.Text.RegularExpressions;
using System.Xml.Linq;
using Crater.Reports;
using Crater.Reports.Html;
using Xunit;

namespace Crater.Tests.Reports;

public sealed partial class HtmlReportTests
{
    private const string Hostile = "x\"><script>alert(1)</script><img src=x onerror=alert(1)>'&\u0007</style></svg>";

    [Fact]
    public void The_page_needs_nothing_from_outside()
    {
        var page = HtmlReport.Write(new SomeRun().Report());
        Assert.DoesNotContain("<script", page, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("<link", page, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("<img", page, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("@import", page, StringComparison.OrdinalIgnoreCase);
        Assert.Empty(Outside().Matches(page));
        Assert.Contains("default-src 'none'", page, StringComparison.Ordinal);
    }

    [Fact]
    public void Hostile_names_stay_text()
    {
        var page = HtmlReport.Write(new SomeRun { Title = Hostile, Pod = Hostile, LeavesResidue = true }.Report());
        Assert.DoesNotContain("<script>", page, StringComparison.Ordinal);
        Assert.DoesNotContain("<img", page, StringComparison.Ordinal);
        Assert.DoesNotContain("\u0007", page, StringComparison.Ordinal);
        Assert.Contains("&lt;script&gt;", page, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("carts-db-0")]
    [InlineData(Hostile)]
    public void Every_drawing_is_well_formed(string pod)
    {
        var page = HtmlReport.Write(new SomeRun { Pod = pod }.Report());
        var drawings = Drawing().Matches(page).Select(match => XElement.Parse(match.Value)).ToList();
        Assert.True(drawings.Count >= 5, $"{drawings.Count} drawings");
        Assert.All(drawings, drawing => Assert.False(string.IsNullOrEmpty((string?)drawing.Attribute("aria-label"))));
    }

    [Fact]
    public void The_fault_is_shaded_in_every_chart()
    {
        var page = HtmlReport.Write(new SomeRun().Report());
        Assert.Equal(page.Split("<figure class=\"chart\">").Length, page.Split("<rect class=\"fault\"").Length);
    }

    [Fact]
    public void Residue_stands_before_everything_else()
    {
        var page = HtmlReport.Write(new SomeRun { LeavesResidue = true }.Report());
        Assert.InRange(page.IndexOf("✖ Residue", StringComparison.Ordinal), 1, page.IndexOf("class=\"verdict", StringComparison.Ordinal));
    }

    [Fact]
    public void The_page_can_be_printed_and_read_in_the_dark()
    {
        var page = HtmlReport.Write(new SomeRun().Report());
        Assert.Contains("@media print", page, StringComparison.Ordinal);
        Assert.Contains("prefers-color-scheme:dark", page, StringComparison.Ordinal);
    }

    [Fact]
    public void A_gap_in_the_measurements_is_a_gap_in_the_line()
    {
        var run = new SomeRun();
        var evidence = run.Evidence();
        var whole = RunReport.From(evidence, null);
        var gap = RunReport.From(evidence with { Metrics = [.. evidence.Metrics.Where(row => row.At < SomeRun.Start.AddSeconds(20) || row.At > SomeRun.Start.AddSeconds(26))] }, null);
        static int Strokes(ReportModel model) => HtmlReport.Write(model).Split("class=\"line bad\" d=\"")[1].Split('"')[0].Count(c => c == 'M');
        Assert.Equal(1, Strokes(whole));
        Assert.Equal(2, Strokes(gap));
    }

    [GeneratedRegex("\\s(?:src|href|action|data|poster)=|url\\((?!#)|@import", RegexOptions.IgnoreCase)]
    private static partial Regex Outside();

    [GeneratedRegex("<svg.*?</svg>", RegexOptions.Singleline)]
    private static partial Regex Drawing();
}
