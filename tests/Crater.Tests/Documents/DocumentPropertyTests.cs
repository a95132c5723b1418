using System.Text.Json.Nodes;
using Crater.Documents;
using Crater.Experiments;
using FsCheck;
using FsCheck.Fluent;
using Xunit;

namespace Crater.Tests.Documents;

public sealed class DocumentPropertyTests
{
    private static readonly Gen<string> Word = Gen.OneOf(
        ArbMap.Default.GeneratorFor<NonNull<string>>().Select(text => Whole(text.Get)),
        Gen.Elements("yes", "Off", "null", "~", "1e3", "010", "1:30", "0x1F", "2026-11-21", "- a", "a: b", "a #b", "#", "", " ", "x ", "a\nb", "a\nb\n", "\n", "a\n\n", "a\n  b\n", "${x}", "*a", "&a", "!t", "%", "@", "`", "{", "[", "é", "😀", "\u2028", "\uFEFF", "\u0085", "a\tb", "---", "...", "<<", "="));

    [Fact]
    public void What_is_written_reads_back_as_the_same_data() => Prop.ForAll(Gen.Sized(size => Data(Math.Min(size, 20))).ToArbitrary(), json =>
    {
        var text = DocumentWriter.Yaml(json);
        var document = DocumentReader.Read(text, DocumentFormat.Yaml);
        return (!document.HasErrors && JsonNode.DeepEquals(document.Root!.ToJson(), json)).Label($"{json?.ToJsonString()}\n{text}\n{string.Join("\n", document.Problems)}");
    }).Check(Config.QuickThrowOnFailure.WithMaxTest(2_000));

    [Fact]
    public void Json_reads_as_the_data_that_it_is() => Prop.ForAll(Gen.Sized(size => Data(Math.Min(size, 20))).ToArbitrary(), json =>
        JsonNode.DeepEquals(DocumentReader.Read(json?.ToJsonString() ?? "null", DocumentFormat.Json).Root!.ToJson(), json))
        .Check(Config.QuickThrowOnFailure.WithMaxTest(500));

    [Fact]
    public void No_text_whatever_breaks_the_readers() => Prop.ForAll(Noise().ToArbitrary(), text =>
    {
        foreach (var format in new[] { DocumentFormat.Yaml, DocumentFormat.Json })
        {
            var reading = ExperimentReader.Read(text, format, new ReadOptions());
            Assert.True(reading.Experiment is not null || reading.Errors.Any());
        }

        return true;
    }).Check(Config.QuickThrowOnFailure.WithMaxTest(2_000));

    [Fact]
    public void No_structure_whatever_breaks_the_experiment_reader() => Prop.ForAll(Document().ToArbitrary(), json =>
    {
        var reading = ExperimentReader.Read(json.ToJsonString(), DocumentFormat.Json, new ReadOptions());
        Assert.All(reading.Problems, problem => Assert.Matches("^CRT[12]\\d{3}$", problem.Code));
        return reading.Experiment is not null || reading.Errors.Any();
    }).Check(Config.QuickThrowOnFailure.WithMaxTest(2_000));

    private static Gen<JsonNode?> Data(int size)
    {
        var leaf = Gen.OneOf(
            Word.Select(text => (JsonNode?)JsonValue.Create(text)),
            ArbMap.Default.GeneratorFor<long>().Select(number => (JsonNode?)JsonValue.Create(number)),
            ArbMap.Default.GeneratorFor<NormalFloat>().Select(number => (JsonNode?)JsonValue.Create(number.Get)),
            Gen.Constant<JsonNode?>(null).Or(ArbMap.Default.GeneratorFor<bool>().Select(flag => (JsonNode?)JsonValue.Create(flag))));
        return size <= 1 ? leaf : Gen.OneOf(leaf,
            Data(size / 3).ListOf().Select(items => (JsonNode?)new JsonArray([.. items.Take(5).Select(item => item?.DeepClone())])),
            Word.Zip(Data(size / 3)).ListOf().Select(pairs => (JsonNode?)new JsonObject(
                pairs.Take(5).DistinctBy(pair => pair.Item1).Select(pair => KeyValuePair.Create(pair.Item1, pair.Item2?.DeepClone())))));
    }

    // Pieces of documents in any order find more than random characters do.
    private static Gen<string> Noise() => Gen.OneOf(
        ArbMap.Default.GeneratorFor<NonNull<string>>().Select(text => text.Get),
        Gen.Elements("title: t\n", "method:\n", "  - ", "{", "}", "[", "]", ":", " ", "\n", "\t", "\"", "'", "\\", "\\x", "&a ", "*a", "<<: ", "!!str ", "!x ", "|\n", ">-\n", "? ", "%YAML 1.1\n", "---\n", "#", ",", "provider: {type: fault}\n", "\uD800")
            .ListOf().Select(parts => string.Concat(parts)));

    // The keys of the format with values of any kind.
    private static Gen<JsonObject> Document()
    {
        string[] keys = ["title", "description", "method", "action", "target_selector", "parameters", "abort_threshold", "steady-state-hypothesis", "rollbacks",
            "guards", "blast-radius", "load", "configuration", "secrets", "tags", "runtime", "provider", "type", "name", "tolerance", "fault", "target", "arguments",
            "probes", "pauses", "duration", "url", "metric", "above", "operator", "value", "intensity", "ref", "path", "range", "pattern", "labels", "scenarios", "rate"];
        var words = Gen.Elements("probe", "action", "fault", "http", "process", "metric", "python", "pod-kill", "network-delay", "error_rate", ">", "5%", "env", "file", "${a}", "range", "regex", "jsonpath", "$[?@.a]", "(");
        Gen<JsonNode?> Value(int depth) => depth == 0
            ? Gen.OneOf(words.Select(word => (JsonNode?)JsonValue.Create(word)), Gen.Elements(-1, 0, 1, 200).Select(number => (JsonNode?)JsonValue.Create(number)), Gen.Constant<JsonNode?>(null))
            : Gen.OneOf(Value(0), Map(depth - 1).Select(map => (JsonNode?)map), Map(depth - 1).ListOf().Select(maps => (JsonNode?)new JsonArray([.. maps.Take(3).Select(map => map.DeepClone())])));
        Gen<JsonObject> Map(int depth) => Gen.Elements(keys).Zip(Value(depth)).ListOf().Select(pairs => new JsonObject(
            pairs.Take(12).DistinctBy(pair => pair.Item1).Select(pair => KeyValuePair.Create(pair.Item1, pair.Item2?.DeepClone()))));
        return Map(4);
    }

    private static string Whole(string text) => string.Concat(text.EnumerateRunes().Select(rune => rune.ToString()));
}
