using Crater.Documents;
using Crater.Experiments;
using Xunit;

namespace Crater.Tests.Experiments;

public sealed class ValidationTests
{
    [Theory]
    [InlineData("[]", "CRT2001")]
    [InlineData("title: ''\nmethod: []", "CRT2002")]
    [InlineData("title: t\nmethod: []", "CRT2003")]
    [InlineData("title: t", "CRT2004")]
    [InlineData("title: t\nmethod: ~", "CRT2004")]
    [InlineData("title: t\nmethod: []\ntags: [a, '']", "CRT2005")]
    [InlineData("title: t\nmethod: []\ntags: a", "CRT2006")]
    [InlineData("title: t\nmethod: []\ntags: {a: b}", "CRT2006")]
    [InlineData("title: t\nmethod: []\nmetod: []", "CRT2007")]
    [InlineData("title: t\nmethod: []\ncontrols: [{name: c}]", "CRT2087")]
    [InlineData("title: t\nmethod: []\nextensions: [{a: 1}]", "CRT2009")]
    [InlineData("title: t\nmethod: []\ncontributions: {reliability: huge}", "CRT2010")]
    [InlineData("title: t\nmethod: []\nruntime: {rollbacks: {strategy: sometimes}}", "CRT2011")]
    [InlineData("title: t\nmethod: []\ndriver: docker", "CRT2096")]
    [InlineData("title: t\nmethod: []\nguards: [{above: 1}]", "CRT2080")]
    [InlineData("title: t\nmethod: []\nguards: [{metric: error_rate}]", "CRT2080")]
    [InlineData("title: t\nmethod: []\nguards: [{metric: error_rate, promql: up, above: 0.1}]", "CRT2080")]
    [InlineData("title: t\nmethod: []\nguards: [error_rate too high]", "CRT2080")]
    [InlineData("title: t\nmethod: []\nguards: [{metric: errors, above: 1}]", "CRT2081")]
    [InlineData("title: t\nmethod: []\nguards: [{metric: error_rate, above: 5}]", "CRT2082")]
    [InlineData("title: t\nmethod: []\nguards: [{metric: memory_usage, above: 0.9}]", "CRT2082")]
    [InlineData("title: t\nmethod: []\nguards: [error_rate > 5% for ages]", "CRT2082")]
    [InlineData("title: t\nmethod: []\nblast-radius: {targets-max: 0}", "CRT2085")]
    [InlineData("title: t\nmethod: []\nblast-radius: {target-share-max: 2}", "CRT2085")]
    [InlineData("title: t\nmethod: []\nblast-radius: {duration-max: 5h}", "CRT2085")]
    [InlineData("title: t\nmethod: []\nload: {rate: 0, url: http://127.0.0.1}", "CRT2086")]
    [InlineData("title: t\nmethod: []\nload: {rate: 1, url: shop}", "CRT2086")]
    [InlineData("title: t\nmethod: []\nload: {rate: 1}", "CRT2086")]
    [InlineData("title: t\nmethod: []\nsteady-state-hypothesis: {probes: []}", "CRT2040")]
    [InlineData("title: t\nmethod: []\nsteady-state-hypothesis: {title: h, probes: [{type: probe, name: p, provider: {type: process, path: 'true'}}]}", "CRT2041")]
    [InlineData("title: t\nmethod: []\nsteady-state-hypothesis: {title: h, probes: [{type: action, name: p, tolerance: 0, provider: {type: process, path: 'true'}}]}", "CRT2043")]
    [InlineData("title: t\nmethod: []\nrollbacks: [{type: action, name: p, provider: {type: fault, fault: pod-kill, target: {labels: a=b}}}]", "CRT2042")]
    public void A_document_that_breaks_a_rule_gets_its_code(string yaml, string code) => Has(yaml, code);

    [Fact]
    public void A_url_that_an_override_may_make_one_is_a_warning()
    {
        var reading = ExperimentReader.Read("title: t\ndescription: d\nconfiguration: {base: ''}\nmethod: [{type: action, name: a, provider: {type: http, url: '${base}/cart'}}]", DocumentFormat.Yaml,
            new ReadOptions { IsStrict = true });
        Assert.Equal([("CRT2055", true)], reading.Problems.Select(problem => (problem.Code, problem.IsWarning)));
    }

    [Theory]
    [InlineData("3", "CRT2030")]
    [InlineData("{}", "CRT2030")]
    [InlineData("{type: step, name: a, provider: {type: process, path: 'true'}}", "CRT2031")]
    [InlineData("{type: action, name: ' ', provider: {type: process, path: 'true'}}", "CRT2032")]
    [InlineData("{type: action, name: a}", "CRT2033")]
    [InlineData("{type: action, name: a, provider: {type: grpc}}", "CRT2034")]
    [InlineData("{type: action, name: a, provider: {path: 'true'}}", "CRT2034")]
    [InlineData("{type: action, name: a, background: 'true', provider: {type: process, path: 'true'}}", "CRT2035")]
    [InlineData("{type: action, name: a, pauses: {after: soon}, provider: {type: process, path: 'true'}}", "CRT2036")]
    [InlineData("{type: action, name: a, pauses: {after: -1}, provider: {type: process, path: 'true'}}", "CRT2036")]
    [InlineData("{ref: b}", "CRT2037")]
    [InlineData("{ref: ''}", "CRT2037")]
    [InlineData("{type: action, name: a, tolerance: 0, provider: {type: process, path: 'true'}}", "CRT2039")]
    [InlineData("{type: action, name: a, provider: {type: process}}", "CRT2050")]
    [InlineData("{type: action, name: a, provider: {type: process, path: no-such-program-anywhere}}", "CRT2051")]
    [InlineData("{type: action, name: a, provider: {type: process, path: 'true', arguments: {a: b}}}", "CRT2052")]
    [InlineData("{type: action, name: a, provider: {type: process, path: '${x}'}}", "CRT2053")]
    [InlineData("{type: action, name: a, provider: {type: process, path: 'true', timeout: soon}}", "CRT2054")]
    [InlineData("{type: action, name: a, provider: {type: http, url: http://127.0.0.1, timeout: [1]}}", "CRT2054")]
    [InlineData("{type: action, name: a, provider: {type: http, url: ftp://127.0.0.1}}", "CRT2055")]
    [InlineData("{type: action, name: a, provider: {type: http}}", "CRT2055")]
    [InlineData("{type: action, name: a, provider: {type: http, url: http://127.0.0.1, headers: [a]}}", "CRT2056")]
    [InlineData("{type: action, name: a, provider: {type: python, module: os.path}}", "CRT2057")]
    [InlineData("{type: action, name: a, provider: {type: python, module: chaosaws.ec2.actions, func: stop_instance}}", "CRT2058")]
    [InlineData("{type: action, name: a, provider: {type: python, module: os.path, func: exists, secrets: [aws]}}", "CRT2059")]
    [InlineData("{type: action, name: a, provider: {type: python, module: os.path, func: exists}}", "CRT2202")]
    [InlineData("{type: action, name: a, provider: {type: python, module: os.path, func: exists, arguments: {path: x, follow: true}}}", "CRT2203")]
    [InlineData("{type: action, name: a, provider: {type: process, path: echo, arguments: ['${outputs.nobody.stdout}']}}", "CRT2205")]
    [InlineData("{type: action, name: a, provider: {type: process, path: echo, arguments: ['${outputs.a.stdout}']}}", "CRT2207")]
    [InlineData("{type: action, name: a, pauses: {after: '${outputs.a.stdout}'}, provider: {type: process, path: echo}}", "CRT2205")]
    [InlineData("{type: action, name: a, timeout: soon, provider: {type: process, path: echo}}", "CRT2045")]
    [InlineData("{type: action, name: a, timeout: 3, provider: {type: process, path: echo}}", "CRT2008")]
    [InlineData("{type: action, name: a, background: null, provider: {type: process, path: echo}}", "CRT2035")]
    [InlineData("{type: action, name: a, provider: {type: http, url: http://127.0.0.1, expected_status: 200}}", "CRT2008")]
    [InlineData("{type: action, name: a, provider: {type: metric, metric: nope}}", "CRT2081")]
    [InlineData("{type: action, name: a, provider: {type: fault, fault: pod-kill}}", "CRT2070")]
    [InlineData("{type: action, name: a, provider: {type: fault, fault: pod-kill, target: {labels: 'a b'}}}", "CRT2071")]
    [InlineData("{type: action, name: a, provider: {type: fault, fault: pod-kill, target: {labels: a=b, count: 0}}}", "CRT2071")]
    [InlineData("{type: action, name: a, provider: {type: fault, fault: pod-kill, target: {labels: a=b, share: 2}}}", "CRT2071")]
    [InlineData("{type: action, name: a, provider: {type: fault, fault: pod-kill, target: {kind: node, name: n}}}", "CRT2072")]
    [InlineData("{type: action, name: a, provider: {type: fault, fault: pod-kill, target: {labels: a=b}, duration: 5h}}", "CRT2073")]
    [InlineData("{type: action, name: a, provider: {type: fault, target: {labels: a=b}}}", "CRT2074")]
    [InlineData("{type: action, name: a, provider: {type: fault, fault: pod-kill, target: {labels: a=b, share: 50%, count: 2}}}", "CRT2075")]
    [InlineData("{type: action, name: a, provider: {type: fault, fault: pod-kil, target: {labels: a=b}}}", "CRT2101")]
    [InlineData("{type: action, name: a, provider: {type: fault, fault: jvm-delay, target: {labels: a=b}}}", "CRT2102")]
    [InlineData("{type: action, name: a, provider: {type: fault, fault: process-kill, target: {labels: a=b}}}", "CRT2072")]
    public void An_activity_that_breaks_a_rule_gets_its_code(string activity, string code) => Has($"title: t\nmethod: [{activity}]", code);

    [Theory]
    [InlineData("0.5", "CRT2060")]
    [InlineData("~", "CRT2060")]
    [InlineData("[]", "CRT2206")]
    [InlineData("{type: range, range: [2, 1]}", "CRT2206")]
    [InlineData("{type: regex, pattern: 3}", "CRT2061")]
    [InlineData("{type: regex, pattern: '(?<n>a)'}", "CRT2061")]
    [InlineData("{type: jsonpath, path: ' '}", "CRT2062")]
    [InlineData("{type: range}", "CRT2063")]
    [InlineData("{type: range, range: 1}", "CRT2063")]
    [InlineData("{type: fuzzy}", "CRT2060")]
    [InlineData("{type: probe, name: p, provider: {type: process, path: 'true'}}", "CRT2060")]
    [InlineData("{type: regex, pattern: '['}", "CRT2061")]
    [InlineData("{type: regex}", "CRT2061")]
    [InlineData("{type: jsonpath, path: foo}", "CRT2062")]
    [InlineData("{type: jsonpath}", "CRT2062")]
    [InlineData("{type: range, range: [1]}", "CRT2063")]
    [InlineData("{type: range, range: [a, b]}", "CRT2063")]
    public void A_tolerance_that_breaks_a_rule_gets_its_code(string tolerance, string code) => Has(
        $"title: t\nmethod: []\nsteady-state-hypothesis: {{title: h, probes: [{{type: probe, name: p, tolerance: {tolerance}, provider: {{type: process, path: 'true'}}}}]}}", code);

    [Theory]
    [InlineData("configuration: {a: {type: env}}", "CRT2020")]
    [InlineData("configuration: {a: {type: env, key: NOT_SET}}", "CRT2020")]
    [InlineData("configuration: {a: {type: env, key: HOST, env_var_type: int}}", "CRT2021")]
    [InlineData("configuration: {a: {type: env, key: HOST, env_var_type: colour}}", "CRT2021")]
    [InlineData("configuration: {a: {type: probe, provider: {}}}", "CRT2034")]
    [InlineData("secrets: {g: {a: {type: env, key: NOT_SET}}}", "CRT2024")]
    [InlineData("secrets: {g: {a: {type: file, path: no/such/file}}}", "CRT2025")]
    [InlineData("secrets: {g: {a: literal}}", "CRT2029")]
    [InlineData("secrets: {g: {a: {type: vault, path: p}}}", "CRT2026")]
    [InlineData("secrets: {g: 3}", "CRT2029")]
    [InlineData("secrets: {g: {a: {type: vault, key: k}}}", "CRT2208")]
    public void Configuration_and_secrets_that_cannot_be_resolved_get_their_code(string section, string code) => Has($"title: t\nmethod: []\n{section}", code);

    [Fact]
    public void A_variable_that_nobody_declares_is_warned_about_with_its_place()
    {
        var reading = ReaderTesting.Read("title: t\nconfiguration: {shop_url: x}\nmethod:\n- {type: probe, name: a, provider: {type: http, url: 'http://h/${shop_ur}'}}");
        var warning = Assert.Single(reading.Problems, problem => problem.Code == "CRT2027");
        Assert.True(warning.IsWarning);
        Assert.Equal(("method[0].provider.url", 4), (warning.Path, warning.Line));
        Assert.Contains("shop_url", warning.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_secret_in_what_is_written_into_the_plan_is_refused() => Has(
        "title: t\nsecrets: {g: {k: app=x}}\nmethod: [{type: action, name: a, provider: {type: fault, fault: pod-kill, target: {labels: '${k}'}}}]", "CRT2028");

    [Fact]
    public void An_override_that_no_configuration_declares_is_warned_about()
    {
        var options = ReaderTesting.Options with { Variables = new Dictionary<string, System.Text.Json.Nodes.JsonNode?> { ["x"] = 1 } };
        Assert.Contains(ReaderTesting.Read("title: t\nmethod: []", options).Problems, problem => problem is { Code: "CRT2023", IsWarning: true });
    }

    [Fact]
    public void Two_activities_of_one_name_are_warned_about() => Has(
        "title: t\nmethod:\n- {type: probe, name: a, provider: {type: process, path: 'true'}}\n- {type: probe, name: a, provider: {type: process, path: 'true'}}", "CRT2038");

    [Fact]
    public void Keys_that_begin_with_x_are_the_users_own() =>
        Assert.Empty(ReaderTesting.Read("title: t\ndescription: d\nmethod: []\nx-team: shop").Problems);

    // What Chaos Toolkit refuses and Crater alone would take.
    [Theory]
    [InlineData("title: t\nmethod: []", "CRT2003")]
    [InlineData("title: t\ndescription: ''\nmethod: []", "CRT2003")]
    [InlineData("title: t\nmethod: []\nsecrets: {g: literal}", "CRT2006")]
    [InlineData("title: t\nmethod: [{type: action, name: a, pauses: {before: '3'}, provider: {type: process, path: 'true'}}]", "CRT2036")]
    [InlineData("title: t\nmethod: [{type: action, name: a, pauses: {after: 3s}, provider: {type: process, path: 'true'}}]", "CRT2036")]
    [InlineData("title: t\nmethod: [{type: action, name: a, provider: {type: process, path: ~/bin/sh}}]", "CRT2051")]
    [InlineData("title: t\nmethod: []\nsteady-state-hypothesis: {title: h, probes: [{type: probe, name: p, tolerance: {type: range, range: ['1', 2]}, provider: {type: process, path: 'true'}}]}", "CRT2063")]
    [InlineData("title: t\nmethod: []\nsteady-state-hypothesis: {title: h, probes: [{type: probe, name: p, tolerance: {type: jsonpath, path: '$[?@.a]'}, provider: {type: process, path: 'true'}}]}", "CRT2062")]
    [InlineData("title: t\nconfiguration: {k: a}\nmethod: []\nsteady-state-hypothesis: {title: h, probes: [{type: probe, name: p, tolerance: {type: jsonpath, path: '$.${k}'}, provider: {type: process, path: 'true'}}]}", "CRT2062")]
    public void Called_as_chaos_a_document_that_chaos_toolkit_refuses_is_refused(string yaml, string code)
    {
        Assert.Contains(code, ReaderTesting.Read(yaml, ReaderTesting.Options with { IsStrict = true }).Errors.Select(problem => problem.Code));
        if (code != "CRT2051")
        {
            Assert.DoesNotContain(code, ReaderTesting.Read(yaml).Errors.Select(problem => problem.Code));
        }
    }

    // What only looks wrong: Chaos Toolkit takes it, and so must this.
    [Theory]
    [InlineData("tags: [' ']")]
    [InlineData("tags: abc")]
    [InlineData("contributions: {a: huge}")]
    [InlineData("steady-state-hypothesis: {title: h}")]
    [InlineData("steady-state-hypothesis: {title: h, probes: []}")]
    [InlineData("steady-state-hypothesis: {title: h, probes: [{ref: nobody, tolerance: 0}]}")]
    [InlineData("steady-state-hypothesis: {title: h, probes: [{type: probe, name: p, tolerance: {type: range, range: [2, 1]}, provider: {type: process, path: 'true'}}]}")]
    [InlineData("steady-state-hypothesis: {title: h, probes: [{type: probe, name: p, tolerance: {type: regex, pattern: '${x}'}, provider: {type: process, path: 'true'}}]}")]
    [InlineData("rollbacks: [{ref: nobody}]")]
    [InlineData("rollbacks: [{type: action, name: r, provider: {type: process, path: 'true'}}, {ref: r}]")]
    [InlineData("controls: [{name: c, provider: {type: http}}]")]
    [InlineData("controls: [{name: c, scope: '', provider: {type: python, module: m}}]")]
    [InlineData("rollbacks: [{type: action, name: r, pauses: {before: null}, provider: {type: http, url: 'http://h', headers: []}}]")]
    [InlineData("rollbacks: [{type: action, name: r, pauses: {}, timeout: 3, tolerance: x, provider: {type: process, path: 'true', arguments: {a: b}}}]")]
    public void Called_as_chaos_a_document_that_chaos_toolkit_takes_is_taken(string yaml) =>
        ReaderTesting.Read($"title: t\ndescription: d\nmethod: []\n{yaml}", ReaderTesting.Options with { IsStrict = true }).OrThrow();

    private static void Has(string yaml, string code) => Assert.Contains(code, ReaderTesting.Read(yaml).Problems.Select(problem => problem.Code));
}
