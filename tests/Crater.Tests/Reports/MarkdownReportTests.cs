using Crater.Journals;
using Crater.Reports;
using Xunit;

namespace Crater.Tests.Reports;

public sealed class MarkdownReportTests
{
    [Fact]
    public void The_sections_of_an_incident_report_are_there_in_order()
    {
        var text = MarkdownReport.Write(new SomeRun().Report());
        string[] sections =
        [
            "## Executive summary", "## What happened", "## Key findings", "## Timeline", "## Impact analysis", "## Blast radius", "## What really happened, as a sequence",
            "## Recommendations", "## Recovery certificates", "## What could not be measured", "## Technical details",
        ];
        var places = sections.Select(section => text.IndexOf(section, StringComparison.Ordinal)).ToList();
        Assert.DoesNotContain(-1, places);
        Assert.Equal(places.Order(), places);
    }

    [Fact]
    public void The_same_evidence_gives_the_same_report() =>
        Assert.Equal(MarkdownReport.Write(new SomeRun().Report()), MarkdownReport.Write(new SomeRun().Report()));

    [Fact]
    public void Residue_is_the_first_thing_a_reader_sees()
    {
        var text = MarkdownReport.Write(new SomeRun { LeavesResidue = true }.Report());
        Assert.StartsWith("# Chaos experiment: The cart survives losing its database pod\n\n> # ✖ RESIDUE", text, StringComparison.Ordinal);
        Assert.Contains("kubectl -n shop get pods -l app=carts-db", text, StringComparison.Ordinal);
    }

    [Fact]
    public void The_users_word_for_the_fault_stands_beside_ours() =>
        Assert.Contains("pod-kill(grace-period=0s) on pod/shop/carts-db-0, asked for as 'pod-delete'", MarkdownReport.Write(new SomeRun().Report()), StringComparison.Ordinal);

    [Fact]
    public void Nothing_measured_is_said_and_never_a_zero()
    {
        var report = new SomeRun { WithLoad = false }.Report();
        Assert.Contains(report.NotMeasured, line => line.StartsWith("What users saw was not measured", StringComparison.Ordinal));
        Assert.DoesNotContain("0 %", MarkdownReport.Write(report), StringComparison.Ordinal);
    }

    [Fact]
    public void A_name_from_the_cluster_cannot_end_a_cell_or_begin_a_tag()
    {
        var text = MarkdownReport.Write(new SomeRun { Pod = "a|b<script>alert(1)</script>`x`\n# y" }.Report());
        Assert.DoesNotContain("<script>", text, StringComparison.Ordinal);
        Assert.DoesNotContain("a|b", text, StringComparison.Ordinal);
        Assert.DoesNotContain("\n# y", text, StringComparison.Ordinal);
    }

    [Fact]
    public void A_verdict_is_told_with_its_reasons()
    {
        var refuted = new SomeRun().Report();
        Assert.Equal(Verdict.Refuted, refuted.Verdict);
        Assert.Contains("saw 0.08, expected 200, while the fault was in place", MarkdownReport.Write(refuted), StringComparison.Ordinal);
    }
}
