using System.Text;
using System.Text.Json.Nodes;
using Crater.Documents;
using Crater.Experiments;
using Xunit;

namespace Crater.Tests.Experiments;

/// <summary>Documents that would keep a careless reader busy for ever. A test that hangs is the failure; nothing here is timed.</summary>
public sealed class HostileDocumentTests
{
    [Fact]
    public void A_document_in_one_long_line_knows_its_columns()
    {
        var text = $$"""{"title": "ä😀", "method": [{{string.Join(",", Enumerable.Repeat("""{"type":"probe","name":"ä","provider":{"type":"process","path":"true"}}""", 20_000))}}], "tags": [3]}""";
        var problem = ExperimentReader.Read(text, DocumentFormat.Json, ReaderTesting.Options).Problems.Single(problem => problem.Code == "CRT2005");
        Assert.Equal((1, text.Length - 2), (problem.Line, problem.Column));
    }

    [Fact]
    public void Thousands_of_refs_that_name_nothing_are_each_named_once()
    {
        var text = new StringBuilder("title: t\nmethod:\n");
        for (var i = 0; i < 4_000; i++)
        {
            text.Append($"- {{type: probe, name: the probe of number {i}, provider: {{type: process, path: 'true'}}}}\n- {{ref: the prob of number {i}}}\n");
        }

        Assert.Equal(4_000, ReaderTesting.Read(text.ToString()).Errors.Count(problem => problem.Code == "CRT2037"));
    }

    [Fact]
    public void Thousands_of_dynamic_entries_share_the_list_of_what_they_see()
    {
        var text = new StringBuilder("title: t\nmethod: []\nconfiguration:\n");
        for (var i = 0; i < 10_000; i++)
        {
            text.Append($"  k{i}: {{type: probe, provider: {{type: process, path: 'true'}}}}\n");
        }

        var experiment = ReaderTesting.Read(text.ToString()).OrThrow();
        Assert.Equal((10_000, 9_999), (experiment.Dynamic.Count, experiment.Dynamic[^1].Above.Count));
    }

    [Theory]
    [InlineData("(", ")")]
    [InlineData("(?:", "|a)")]
    [InlineData("a{2}", "")]
    public void A_pattern_that_nests_or_repeats_without_measure_ends(string open, string close)
    {
        var pattern = string.Concat(Enumerable.Repeat(open, 30_000)) + "a" + string.Concat(Enumerable.Repeat(close, 30_000));
        var reading = ReaderTesting.Read($"title: t\nmethod: []\nsteady-state-hypothesis: {{title: h, probes: [{{type: probe, name: p, provider: {{type: process, path: 'true'}}, tolerance: {{type: regex, pattern: '{pattern}'}}}}]}}");
        Assert.Contains("CRT2061", reading.Errors.Select(problem => problem.Code));
    }

    [Theory]
    [InlineData("(a+)+$")]
    [InlineData("(a|aa)+$")]
    [InlineData("(?P<x>a*)*(?P=x)b")]
    public void A_pattern_that_explodes_is_neither_found_nor_missed(string pattern) => Assert.NotEqual(true, TimedRegex.Find(pattern, new string('a', 5_000) + "!"));

    [Fact]
    public void A_path_of_many_thousand_steps_is_refused() =>
        Assert.False(JsonPath.TryParse("$" + string.Concat(Enumerable.Repeat("..*", 20_000)), out _, out _));

    [Fact]
    public void A_path_that_visits_too_much_gives_up()
    {
        JsonNode tree = 1;
        for (var i = 0; i < 60; i++)
        {
            tree = new JsonArray(tree, 1);
        }

        Assert.True(JsonPath.TryParse("$..*..*..*..*..*", out var path, out _));
        Assert.Throws<InvalidOperationException>(() => path!.Find(tree));
    }

    [Fact]
    public void Laughter_within_configuration_is_refused_before_it_is_written_out()
    {
        var text = new StringBuilder("title: t\nmethod: []\nconfiguration:\n  a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
        for (var i = 1; i < 12; i++)
        {
            text.Append($"  a{i}: &a{i} [{string.Join(", ", Enumerable.Repeat($"*a{i - 1}", 10))}]\n");
        }

        Assert.Equal("CRT1106", ReaderTesting.Read(text.ToString()).Problems[0].Code);
    }

    [Fact]
    public void A_file_without_end_is_read_up_to_the_limit()
    {
        Assert.SkipUnless(File.Exists("/dev/zero"), "There is no /dev/zero here.");
        Assert.Equal("CRT1003", DocumentReader.ReadFile("/dev/zero", new ReadLimits { SizeMax = 100_000 }).Problems[0].Code);
    }

    [Fact]
    public void Two_activities_of_one_name_are_both_played_and_a_ref_means_the_last()
    {
        var reading = ReaderTesting.Read("title: t\nmethod:\n- {type: probe, name: a, provider: {type: process, path: 'true'}}\n- {type: probe, name: a, provider: {type: process, path: 'false'}}\n- {ref: a}");
        Assert.Equal(["true", "false", "false"], reading.OrThrow().Method.Select(activity => ((ProcessProvider)activity.Provider).Path));
        Assert.Contains(reading.Problems, problem => problem is { Code: "CRT2038", IsWarning: true, Line: 4 });
    }
}
