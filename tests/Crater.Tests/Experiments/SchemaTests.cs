using System.Text.Json.Nodes;
using Crater.Documents;
using Crater.Experiments;
using Xunit;

namespace Crater.Tests.Experiments;

public sealed class SchemaTests
{
    private static readonly JsonObject Schema = JsonNode.Parse(ExperimentSchema.Text)!.AsObject();

    // One document with every kind of map in it.
    private const string Everything = """
        title: t
        description: d
        configuration:
          plain: [1, {a: b}]
          home: {type: env, key: HOST, default: null, env_var_type: str}
          dynamic: {type: probe, provider: {type: http, url: "http://h", method: POST, headers: {a: b}, arguments: {a: 1}, timeout: [1, 2], verify_tls: false, max_retries: 1}}
        secrets:
          g: {a: {type: env, key: TOKEN}, b: {type: vault, path: p, key: k}, c: {d: {type: env, key: TOKEN}}}
          f: {a: {type: file, path: redis_primary_pod_kill.json}}
        controls: [{name: c, scope: before, automatic: false, provider: {type: python, module: m, arguments: {}}}]
        runtime: {hypothesis: {strategy: continuously}, rollbacks: {strategy: always}}
        tags: [a]
        contributions: {reliability: high}
        extensions: [{name: e, any: thing}]
        version: "1.0.0"
        steady-state-hypothesis:
          title: h
          probes:
            - {type: probe, name: a, tolerance: {type: range, range: [1, 2], target: status}, provider: {type: metric, metric: error_rate, component: c, window: 5s}}
            - {type: probe, name: b, tolerance: {type: regex, pattern: a, target: stdout}, provider: {type: process, path: "true", env: {A: b}}, controls: [{name: d, ref: c, provider: {type: python, module: m}}]}
            - {type: probe, name: c, tolerance: {type: jsonpath, path: $.a, count: 1, expect: [a]}, provider: {type: process, path: "true", arguments: a, timeout: 1.5}}
            - {type: probe, name: d, tolerance: {type: probe, name: e, provider: {type: python, module: os.path, func: exists, arguments: {path: /}, secrets: [g]}}, provider: {type: process, path: "true"}}
            - {ref: a, tolerance: [1, 2, 3]}
        method:
          - {type: probe, name: f, retry: {attempts: 3, every: 1s}, until: {tolerance: 0, timeout: 5s, every: 1}, pauses: {before: 1, after: 2s}, provider: {type: process, path: "true"}}
          - type: action
            name: g
            background: true
            provider: {type: fault, fault: pod-kill, duration: 10s, arguments: {grace-period: 0s}, target: {kind: pod, namespace: n, labels: {a: b}, name: x, count: 1}}
          - {ref: f, background: true}
        rollbacks: []
        guards: [{metric: error_rate, above: 0.1, for: 5s, stale-after: 1s, window: 2s, component: c}, "latency_p95 > 2s"]
        blast-radius: {targets-max: 1, target-share-max: 50%, duration-max: 1m}
        load: {rate: 1, timeout: 1s, scenarios: [{name: a, weight: 1, method: get, url: "http://h", body: {}}]}
        """;

    [Fact]
    public void The_schema_has_exactly_the_keys_that_the_readers_ask_for()
    {
        SortedDictionary<string, SortedSet<string>> taken = new(StringComparer.Ordinal);
        var options = ReaderTesting.Options with
        {
            Folder = ReaderTesting.DataFolder,
            Taken = (what, keys) => (taken.TryGetValue(what, out var known) ? known : taken[what] = new(StringComparer.Ordinal)).UnionWith(keys),
        };
        ReaderTesting.Read(Everything, options).OrThrow();
        ReaderTesting.Read("title: t\nmethod: [{type: action, name: a, provider: {type: fault, fault: process-stop, target: {hosts: a=b, process: p}}}]", options).OrThrow();
        ReaderTesting.Read("title: t\nmethod: [{type: action, name: a, provider: {type: fault, fault: container-pause, target: {hosts: a=b, container: c}}}]", options).OrThrow();
        ReaderTesting.Read("title: t\nmethod: []\nload: {rate: 1, url: http://h}", options).OrThrow();
        ExperimentReader.ReadFile(Path.Combine(ReaderTesting.DataFolder, "redis_primary_pod_kill.json"), options).OrThrow();
        var known = Schema["$defs"]!.AsObject().Where(pair => pair.Value!["title"] is not null)
            .Select(pair => $"{pair.Value!["title"]}: {string.Join(", ", pair.Value["properties"]!.AsObject().Select(property => property.Key).Order(StringComparer.Ordinal))}");
        Assert.Equal(taken.Select(pair => $"{pair.Key}: {string.Join(", ", pair.Value)}").Order(StringComparer.Ordinal), known.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void A_document_with_everything_in_it_fits() => Assert.Empty(Check(Everything));

    [Theory]
    [MemberData(nameof(LibraryTests.Documents), MemberType = typeof(LibraryTests))]
    public void A_ready_experiment_fits(string file) => Assert.Empty(Check(File.ReadAllText(Path.Combine(ReaderTesting.DataFolder, "../../../..", file))));

    [Fact]
    public void Every_document_of_the_conformance_corpus_that_is_valid_fits()
    {
        var corpus = Path.GetFullPath(Path.Combine(ReaderTesting.DataFolder, "../../../Crater.EndToEnd.Tests/Conformance/corpus"));
        var documents = Directory.GetFiles(corpus, "*", SearchOption.AllDirectories)
            .Where(file => Path.GetExtension(file) is ".yaml" or ".yml" or ".json" && !file.EndsWith(".expect.json", StringComparison.Ordinal)).ToList();
        Assert.NotEmpty(documents);
        var misfits =
            from file in documents
            let reading = ExperimentReader.ReadFile(file, ReaderTesting.Options)
            where reading.Experiment is not null
            let problems = new SchemaChecker(Schema).Check(DocumentReader.ReadFile(file).Root!.ToJson())
            where problems.Count > 0
            select $"{Path.GetRelativePath(corpus, file)}: {string.Join("; ", problems)}";
        Assert.Empty(misfits);
    }

    [Fact]
    public void The_chaos_advisors_example_fits() => Assert.Empty(Check(File.ReadAllText(Path.Combine(ReaderTesting.DataFolder, "redis_primary_pod_kill.json"))));

    [Theory]
    [InlineData("method: []", "$: title is required")]
    [InlineData("title: t", "$: method is required")]
    [InlineData("title: t\nmethod: [{type: step, name: a, provider: {type: process, path: x}}]", "$.method[0].type: enum")]
    [InlineData("title: t\nmethod: [{type: probe, provider: {type: process, path: x}}]", "$.method[0]: name is required")]
    [InlineData("title: t\nmethod: [{type: probe, name: a, provider: {type: grpc}}]", "$.method[0].provider.type: enum")]
    [InlineData("title: t\nmethod: [{type: probe, name: a, provider: {type: http}}]", "$.method[0].provider: url is required")]
    [InlineData("title: t\nmethod: [{type: probe, name: a, background: 'true', provider: {type: process, path: x}}]", "$.method[0].background: type")]
    [InlineData("title: t\nmethod: []\nsteady-state-hypothesis: {title: h, probes: [{type: probe, name: a, provider: {type: process, path: x}}]}", "anyOf")]
    [InlineData("title: t\nmethod: []\ncontrols: [{name: c, scope: post, provider: {type: python, module: m}}]", "anyOf")]
    public void A_document_that_breaks_a_rule_of_structure_does_not_fit(string yaml, string problem) => Assert.Contains(problem, string.Join("\n", Check(yaml)), StringComparison.Ordinal);

    private static List<string> Check(string yaml) => new SchemaChecker(Schema).Check(DocumentReader.Read(yaml, DocumentFormat.Yaml).Root!.ToJson());
}
