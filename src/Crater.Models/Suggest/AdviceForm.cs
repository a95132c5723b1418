using System.Text.Json;
using System.Text.Json.Nodes;
using Crater.Advice;
using Crater.Models.Protocols;
using Crater.Models.Safety;
using static Crater.Models.Structure.Schema;

namespace Crater.Models.Suggest;

/// <summary>The form in which a model chooses, version 1, and what makes a choice usable beyond its form.</summary>
public sealed class AdviceForm(Digest digest, int count)
{
    public const string Name = "advice_v1";

    /// <summary>How many tests of its own a model may propose.</summary>
    public const int FreeMax = 2;

    /// <summary>A sentence or two.</summary>
    private const int WordsMax = 500;

    public JsonObject Schema { get; } = Write(digest);

    /// <summary>What is wrong with an answer whose form is right; empty when nothing is.</summary>
    public IReadOnlyList<string> Problems(JsonElement answer)
    {
        List<string> problems = [];
        HashSet<string> seen = new(StringComparer.Ordinal);
        var i = 0;
        foreach (var item in answer.Items("proposals"))
        {
            var path = $"answer.proposals[{i++}]";
            if (!seen.Add(item.Text("candidate")))
            {
                problems.Add($"{path} chooses {item.Text("candidate")} a second time");
            }

            problems.AddRange(OfItem(item).Select(problem => $"{path}: {problem}"));
        }

        i = 0;
        foreach (var item in answer.Items("freeForm"))
        {
            var (fault, component) = (item.Text("fault"), item.Text("component"));
            if (!digest.Shortlist.MayBeFree(fault, digest.Components[component]))
            {
                problems.Add($"answer.freeForm[{i}]: {fault} on {component} is a candidate already, or cannot be done there");
            }

            i++;
        }

        if (!English.Looks(string.Join(' ', Texts(answer))))
        {
            problems.Add("the texts must be written in English");
        }

        return problems;
    }

    /// <summary>What was chosen, in the model's order, its words made plain text.</summary>
    public IReadOnlyList<Choice> Read(JsonElement answer) =>
    [
        .. answer.Items("proposals").Take(count).Select(item => new Choice(
            digest.Offers[item.Text("candidate")],
            Words(item.Text("rationale")), Words(item.Text("expectedImpact")), item.Text("confidence"),
            [.. item.Items("evidence").Select(rule => rule.GetString()!).Distinct()], Parameters(item))),
    ];

    /// <summary>Its own proposals, each a pair that may be proposed.</summary>
    public IReadOnlyList<FreeChoice> ReadFree(JsonElement answer) =>
    [
        .. answer.Items("freeForm").DistinctBy(item => (item.Text("fault"), item.Text("component"))).Take(FreeMax).Select(item => new FreeChoice(
            item.Text("fault"), digest.Components[item.Text("component")], Words(item.Text("rationale")), Words(item.Text("expectedImpact")), item.Text("confidence"))),
    ];

    public string Summary(JsonElement answer) => Words(answer.Text("summary"));

    private static JsonObject Write(Digest digest)
    {
        var parameters = digest.Offers.Values.SelectMany(offer => offer.Ranges).Select(range => range.Name).Distinct().Order(StringComparer.Ordinal).ToArray();
        var parameter = Object(
            ("name", parameters.Length > 0 ? Choice(parameters, "One that the candidate lists.") : Text("There is none.")),
            ("value", Text("Within the candidate's range, written like its ends.")));
        (string, JsonObject)[] words =
        [
            ("rationale", Text("Why this one, in one or two sentences.")),
            ("expectedImpact", Text("What users would notice, in one sentence.")),
            ("confidence", Choice(["low", "medium", "high"], "How sure you are that it is worth doing.")),
        ];
        List<(string, JsonObject)> parts =
        [
            ("summary", Text("What the team should know about the whole, in one or two sentences.")),
            ("proposals", List(
                Object(
                [
                    ("candidate", Choice(digest.Offers.Keys, "The candidate's id.")),
                    .. words,
                    ("evidence", List(Choice(digest.Rules, "A rule that the candidate lists."), "The rules that speak for it.")),
                    ("parameters", List(parameter, "Only what should differ from the candidate's own values; mostly empty.")),
                ]),
                "The most valuable first.")),
        ];
        if (digest.FreeFaults.Count > 0)
        {
            parts.Add(("freeForm", List(
                Object(
                [
                    ("fault", Choice(digest.FreeFaults.Select(fault => fault.Name), "The fault.")),
                    ("component", Choice(digest.Components.Keys, "The id of the component that is hit.")),
                    .. words.Select(word => (word.Item1, (JsonObject)word.Item2.DeepClone())),
                ]),
                "Tests that no candidate is about; mostly empty.")));
        }

        return Object([.. parts]);
    }

    private IEnumerable<string> OfItem(JsonElement item)
    {
        var offer = digest.Offers[item.Text("candidate")];
        foreach (var rule in item.Items("evidence").Select(rule => rule.GetString()!).Where(rule => !offer.Rules.Contains(rule)))
        {
            yield return $"{rule} does not speak for this candidate; {string.Join(", ", offer.Rules)} does";
        }

        var names = item.Items("parameters").Select(parameter => parameter.Text("name")).ToArray();
        foreach (var name in names.GroupBy(name => name).Where(names => names.Count() > 1))
        {
            yield return $"{name.Key} is set twice";
        }

        foreach (var problem in names.Length == names.Distinct().Count() ? digest.Shortlist.Problems(offer.Id, Parameters(item)) : [])
        {
            yield return problem;
        }

        if (Words(item.Text("rationale")).Length == 0 || Words(item.Text("expectedImpact")).Length == 0)
        {
            yield return "rationale and expectedImpact must say something";
        }
    }

    private static Dictionary<string, string> Parameters(JsonElement item) =>
        item.Items("parameters").DistinctBy(parameter => parameter.Text("name")).ToDictionary(parameter => parameter.Text("name"), parameter => parameter.Text("value"), StringComparer.Ordinal);

    private static IEnumerable<string> Texts(JsonElement answer) =>
        answer.Items("proposals").Concat(answer.Items("freeForm")).SelectMany(item => new[] { item.Text("rationale"), item.Text("expectedImpact") }).Append(answer.Text("summary"));

    // Secrets first: what is cut off in the middle would no longer be known as one.
    private string Words(string text) => PlainText.Prose(digest.WithNames(SecretScan.Redact(text).Text), WordsMax);
}

/// <summary>One choice of a model.</summary>
/// <param name="Evidence">Ids of rules.</param>
/// <param name="Parameters">Values by parameter, each within its range.</param>
public sealed record Choice(
    Offer Offer, string Rationale, string ExpectedImpact, string Confidence, IReadOnlyList<string> Evidence, IReadOnlyDictionary<string, string> Parameters);

/// <summary>One proposal of a model's own.</summary>
/// <param name="Component">Id of the component.</param>
public sealed record FreeChoice(string Fault, string Component, string Rationale, string ExpectedImpact, string Confidence);
