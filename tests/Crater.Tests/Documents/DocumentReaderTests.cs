using System.Text;
using Crater.Documents;
using Xunit;

namespace Crater.Tests.Documents;

public sealed class DocumentReaderTests
{
    private static MapNode Yaml(string text) => Assert.IsType<MapNode>(DocumentReader.Read(text, DocumentFormat.Yaml).Root);

    [Fact]
    public void Every_node_knows_its_line_and_column()
    {
        var root = Yaml("title: a\nmethod:\n  - name: b\n    type: probe\n");
        var step = (MapNode)((ListNode)root["method"]!).Items[0];
        Assert.Equal((3, 11), (step["name"]!.Line, step["name"]!.Column));
        Assert.Equal((4, 5), (step.Entry("type")!.Line, step.Entry("type")!.Column));
    }

    [Fact]
    public void The_same_document_in_json_knows_its_places_too()
    {
        var root = (MapNode)DocumentReader.Read("{\"title\": \"ä\", \"n\": 1,\n \"list\": [true]}", DocumentFormat.Json).Root!;
        Assert.Equal((1, 21), (root["n"]!.Line, root["n"]!.Column));
        Assert.Equal((2, 11), (((ListNode)root["list"]!).Items[0].Line, ((ListNode)root["list"]!).Items[0].Column));
    }

    [Theory]
    [InlineData("v: \"60\"", "\"60\"")]
    [InlineData("v: '60'", "\"60\"")]
    [InlineData("v: 60", "60")]
    [InlineData("v: 1_000", "1000")]
    [InlineData("v: 010", "8")]
    [InlineData("v: 0x1F", "31")]
    [InlineData("v: 1:30", "90")]
    [InlineData("v: 1e3", "\"1e3\"")]
    [InlineData("v: 1.5e+3", "1500.0")]
    [InlineData("v: on", "true")]
    [InlineData("v: No", "false")]
    [InlineData("v: y", "\"y\"")]
    [InlineData("v: ~", "null")]
    [InlineData("v:", "null")]
    [InlineData("v: !!str 60", "\"60\"")]
    [InlineData("v: 2026-11-21", "\"2026-11-21\"")]
    [InlineData("v: .inf", "\".inf\"")]
    [InlineData("v: 127.0.0.1", "\"127.0.0.1\"")]
    public void A_plain_scalar_has_the_type_that_chaos_toolkit_would_read(string yaml, string json) =>
        Assert.Equal(json, Yaml(yaml)["v"]!.ToJson()?.ToJsonString() ?? "null");

    [Fact]
    public void Merge_keys_bring_what_the_map_does_not_say_itself()
    {
        var root = Yaml("base: &b {a: 1, c: 2}\nown:\n  <<: *b\n  a: 9\n");
        Assert.Equal("""{"a":9,"c":2}""", root["own"]!.ToJson()!.ToJsonString());
    }

    [Theory]
    [InlineData("", "CRT1005", 1, 1)]
    [InlineData("a: b: c\n", "CRT1101", 1, 5)]
    [InlineData("a:\n\t- b\n", "CRT1103", 2, 1)]
    [InlineData("a: 1\nb: 2\na: 3\n", "CRT1104", 3, 1)]
    [InlineData("a: &x\n  b: *x\n", "CRT1105", 2, 6)]
    [InlineData("a: !secret b\n", "CRT1108", 1, 4)]
    [InlineData("a: !secret {b: 1}\n", "CRT1108", 1, 4)]
    [InlineData("a: 1\n---\nb: 2\n", "CRT1109", 2, 1)]
    [InlineData("a: [1, 2\n", "CRT1110", 2, 1)]
    [InlineData("? {a: 1}\n: 2\n", "CRT1111", 1, 3)]
    [InlineData("a: *nowhere\n", "CRT1112", 1, 4)]
    public void Broken_yaml_is_named_with_line_and_column(string text, string code, int line, int column)
    {
        var problem = Assert.Single(DocumentReader.Read(text, DocumentFormat.Yaml).Problems);
        Assert.Equal((code, line, column), (problem.Code, problem.Line, problem.Column));
    }

    [Theory]
    [InlineData(" ", "CRT1005", 1)]
    [InlineData("{\"a\": 1,\n  b: 2}", "CRT1102", 2)]
    [InlineData("{\"a\": 1,\n \"b\": {\"c\": ", "CRT1110", 2)]
    [InlineData("{\"a\": 1,\n \"a\": 2}", "CRT1104", 2)]
    [InlineData("{\"a\": 1} x", "CRT1102", 1)]
    [InlineData("{\"a\": \"\\ud800\"}", "CRT1102", 1)]
    public void Broken_json_is_named_with_its_line(string text, string code, int line)
    {
        var problem = Assert.Single(DocumentReader.Read(text, DocumentFormat.Json).Problems);
        Assert.Equal((code, line), (problem.Code, problem.Line));
    }

    [Fact]
    public void A_document_that_grows_without_bounds_by_its_aliases_is_refused()
    {
        var laughs = new StringBuilder("a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
        for (var i = 1; i < 12; i++)
        {
            laughs.Append($"a{i}: &a{i} [{string.Join(", ", Enumerable.Repeat($"*a{i - 1}", 10))}]\n");
        }

        Assert.Equal("CRT1106", DocumentReader.Read(laughs.ToString(), DocumentFormat.Yaml).Problems[^1].Code);
    }

    [Theory]
    [InlineData(DocumentFormat.Yaml)]
    [InlineData(DocumentFormat.Json)]
    public void Nesting_without_end_is_refused(DocumentFormat format)
    {
        var text = new string('[', 5_000) + new string(']', 5_000);
        Assert.Equal("CRT1107", DocumentReader.Read(text, format).Problems[^1].Code);
    }

    [Fact]
    public void Too_large_a_document_is_refused_before_it_is_parsed() =>
        Assert.Equal("CRT1003", DocumentReader.Read("a: 12345678", DocumentFormat.Yaml, new ReadLimits { SizeMax = 10 }).Problems[0].Code);

    [Fact]
    public void Bytes_that_are_no_utf8_are_named_by_their_place()
    {
        var problem = Assert.Single(DocumentReader.ReadBytes([.. "a: 1\nb: "u8, 0xE4, .. "x"u8], DocumentFormat.Yaml).Problems);
        Assert.Equal(("CRT1004", 2, 4), (problem.Code, problem.Line, problem.Column));
    }

    [Fact]
    public void A_missing_file_is_a_problem_and_no_exception() =>
        Assert.Equal("CRT1001", DocumentReader.ReadFile(Path.Combine(Path.GetTempPath(), "no-such-folder", "a.yaml")).Problems[0].Code);

    [Fact]
    public void Repeated_keys_are_merged_with_a_warning_where_that_is_asked_for()
    {
        var limits = new ReadLimits { DuplicateKeys = DuplicateKeys.Merge };
        var document = DocumentReader.Read("k8s: {context: a, x: {y: 1}}\nk8s: {x: {z: 2}, context: b}\n", DocumentFormat.Yaml, limits);
        Assert.Equal("""{"k8s":{"context":"b","x":{"y":1,"z":2}}}""", document.Root!.ToJson()!.ToJsonString());
        Assert.True(Assert.Single(document.Problems).IsWarning);
        Assert.False(document.HasErrors);
    }
}
