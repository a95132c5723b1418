using System.Text.Json.Nodes;
using Crater.Experiments;
using Xunit;

namespace Crater.Tests.Experiments;

public sealed class ToleranceCheckTests
{
    private const string Answer = """{"status": 200, "headers": {"a": "b"}, "body": {"items": [{"n": 1}, {"n": 2}]}}""";
    private const string Echo = """{"status": 0, "stdout": "hello 7\n", "stderr": ""}""";

    [Theory]
    [InlineData("true", "true", true)]
    [InlineData("true", "1", true)]
    [InlineData("true", "\"true\"", false)]
    [InlineData("false", "0", true)]
    [InlineData("false", Answer, false)]
    [InlineData("false", "null", false)]
    [InlineData("OK", "\"OK\"", true)]
    [InlineData("OK", "\"ok\"", false)]
    [InlineData("200", Answer, true)]
    [InlineData("404", Answer, false)]
    [InlineData("0", Echo, true)]
    [InlineData("7", "7", true)]
    [InlineData("'200'", Answer, false)]
    [InlineData("[200, 204]", Answer, true)]
    [InlineData("[100, 300]", Answer, false)]
    [InlineData("[1, 5]", "3", true)]
    [InlineData("[1, 5]", "5.0", true)]
    [InlineData("[1, 5]", "6", false)]
    [InlineData("[1, 5, 9]", "3", false)]
    [InlineData("[1, 5, 9]", "9", true)]
    [InlineData("[a, b]", "\"b\"", true)]
    [InlineData("[a, c]", "\"b\"", true)]
    [InlineData("[OK, ALARM]", "\"OK\"", false)]
    [InlineData("[1, 5]", "\"3\"", null)]
    [InlineData("[5, 1]", "3", false)]
    [InlineData("[200, 204]", "{\"status\": 203}", false)]
    [InlineData("[]", "1", false)]
    [InlineData("[[1, 2], [3], 4]", "[1, 2]", true)]
    [InlineData("7", "7.0", true)]
    [InlineData("0", "{\"status\": \"0\"}", false)]
    [InlineData("0", "{\"exit\": 0}", false)]
    [InlineData("{type: range, range: [1, 5]}", "5", true)]
    [InlineData("{type: range, range: [1, 5]}", "\"4.5\"", true)]
    [InlineData("{type: range, range: [1, 5]}", "\"many\"", false)]
    [InlineData("{type: range, range: [0.1, 5]}", "\"0.1\"", true)]
    [InlineData("{type: range, range: [9007199254740993, 9007199254740994]}", "\"9007199254740992\"", false)]
    [InlineData("{type: range, range: [1, 5]}", "\" 1_0e-1 \"", true)]
    [InlineData("{type: range, range: [0, 1]}", "true", true)]
    [InlineData("{type: range, range: [580, 800], target: body}", "{\"body\": \"580\"}", true)]
    [InlineData("{type: range, range: [5, 1]}", "3", false)]
    [InlineData("{type: range, range: [1, 5]}", Answer, false)]
    [InlineData("{type: range, range: [1, 5]}", "null", null)]
    [InlineData("{type: range, range: [200, 299], target: status}", Answer, true)]
    [InlineData("{type: regex, pattern: '[0-9]'}", "\"a7\"", true)]
    [InlineData("{type: regex, pattern: '^[0-9]$'}", "\"a7\"", false)]
    [InlineData("{type: regex, pattern: 'hello (?P<n>\\d)', target: stdout}", Echo, true)]
    [InlineData("{type: regex, pattern: 'hello', target: body}", "\"hello\"", true)]
    [InlineData("{type: jsonpath, path: '$.items[*].n', target: body}", Answer, true)]
    [InlineData("{type: jsonpath, path: '$.items[*].n', target: body, count: 2}", Answer, true)]
    [InlineData("{type: jsonpath, path: '$.items[*].n', target: body, count: 1}", Answer, false)]
    [InlineData("{type: jsonpath, path: '$.items[*].n', target: body, expect: [1, 2], count: 7}", Answer, true)]
    [InlineData("{type: jsonpath, path: '$.items.*[?(@.n=2)].n', target: body, expect: 2}", Answer, true)]
    [InlineData("{type: jsonpath, path: '$.items[?(@.n=2)].n', target: body, expect: 2}", Answer, false)]
    [InlineData("{type: jsonpath, path: '$.items[?@.n==2].n', target: body, expect: 2}", Answer, true)]
    [InlineData("{type: jsonpath, path: ' $.items[*].n ', target: nothing}", "{\"items\": [{\"n\": 1}]}", true)]
    [InlineData("{type: jsonpath, path: '$.a', expect: null}", "{\"a\": null}", true)]
    [InlineData("{type: jsonpath, path: '$.a', expect: null}", "{\"a\": 0}", false)]
    [InlineData("{type: jsonpath, path: '$.a', expect: []}", "{\"b\": 0}", true)]
    [InlineData("{type: jsonpath, path: '$.a', expect: [[1, 2]]}", "{\"a\": [1, 2]}", true)]
    [InlineData("{type: jsonpath, path: '$.a', count: 0}", "{\"b\": 0}", true)]
    [InlineData("{type: jsonpath, path: '$.a'}", "\"no json\"", false)]
    [InlineData("{type: jsonpath, path: '$.none', target: body}", Answer, false)]
    [InlineData("{type: jsonpath, path: '$.a'}", "\"{\\\"a\\\": 1}\"", true)]
    public void A_tolerance_is_met_as_chaos_toolkit_would_say(string tolerance, string value, bool? expected)
    {
        var experiment = ReaderTesting.Read(
            $"title: t\nmethod: []\nsteady-state-hypothesis: {{title: h, probes: [{{type: probe, name: p, tolerance: {tolerance}, provider: {{type: process, path: 'true'}}}}]}}").OrThrow();
        Assert.Equal(expected, ToleranceCheck.Evaluate(experiment.Hypothesis!.Probes[0].Tolerance!, JsonNode.Parse(value)));
    }

    [Theory]
    [InlineData("'${status}'", Answer, true)]
    [InlineData("'${many}'", Answer, true)]
    [InlineData("'${pattern}'", "\"a7\"", true)]
    [InlineData("'${word}'", "\"OK\"", true)]
    [InlineData("'is ${word}'", "\"is OK\"", true)]
    [InlineData("'${half}'", "0.5", false)]
    [InlineData("'${nobody}'", "\"${nobody}\"", true)]
    [InlineData("{type: regex, pattern: '^${word}$'}", "\"OK\"", true)]
    [InlineData("{type: jsonpath, path: '$.*[?(@.n=${status})].n', expect: '${many}'}", "[{\"n\": 200}]", false)]
    [InlineData("{type: jsonpath, path: '$.*[?(@.n=${status})].n', expect: '${status}'}", "[{\"n\": 200}]", true)]
    [InlineData("['${word}', x, y]", "\"OK\"", false)]
    public void Variables_are_put_in_when_a_value_is_judged(string tolerance, string value, bool expected)
    {
        var experiment = ReaderTesting.Read($$"""
            title: t
            configuration: {status: 200, many: [200, 204], pattern: {type: regex, pattern: "[0-9]"}, word: OK, half: 0.5}
            method: []
            steady-state-hypothesis: {title: h, probes: [{type: probe, name: p, tolerance: {{tolerance}}, provider: {type: process, path: "true"} } ] }
            """).OrThrow();
        var filled = ToleranceFilling.Fill(experiment.Hypothesis!.Probes[0].Tolerance!, new Substitution(experiment.Configuration, experiment.Secrets));
        Assert.Equal(expected, filled is not null && ToleranceCheck.Evaluate(filled, JsonNode.Parse(value)) == true);
    }

    [Fact]
    public void An_expression_that_explodes_cannot_tell() =>
        Assert.Null(ToleranceCheck.Evaluate(new RegexTolerance("(a+)+$"), JsonValue.Create(new string('a', 40) + "!")));

    [Theory]
    [InlineData("true", true)]
    [InlineData("0", false)]
    [InlineData("\"\"", false)]
    [InlineData("[0]", true)]
    public void A_probe_decides_by_whether_its_answer_is_true_in_pythons_sense(string answer, bool expected)
    {
        var probe = new Activity { Name = "p", IsProbe = true, Provider = new MetricProvider("error_rate", "", TimeSpan.FromSeconds(5)) };
        Assert.Equal(expected, ToleranceCheck.Evaluate(new ProbeTolerance(probe), null, JsonNode.Parse(answer)));
    }
}
