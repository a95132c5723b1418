using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Crater.Models.Narrate;
using Crater.Models.Prompts;
using Crater.Reports;
using Crater.Reports.Causes;
using Crater.Reports.Html;
using Crater.Tests.Architecture;
using Crater.Tests.Reports.Causes;
using Markdig;
using Markdig.Syntax;
using Markdig.Syntax.Inlines;
using Xunit;

namespace Crater.Tests.Models;

/// <summary>
/// The same attempts in logs, events, HTTP answers, names and a model's own explanation. None may get into the prompt that explains, name a cause, bring in a figure, or be more than text in a report
/// that is really rendered: Markdown with every extension of its parser, HTML by its tags. With and without a model.
/// </summary>
public sealed partial class NarrationInjectionTests
{
    private static readonly MarkdownPipeline Everything = new MarkdownPipelineBuilder().UseAdvancedExtensions().UseEmojiAndSmiley().Build();

    public static TheoryData<string> Attempts => [.. JsonNode.Parse(File.ReadAllText(RepositoryRoot.File("tests", "Crater.Tests", "Models", "injections.json")))!.AsArray().Select(one => one!.GetValue<string>())];

    private static SomeCase Poisoned(string attempt) => new() { Message = attempt, ProbeName = attempt, HasBlindGuard = true };

    [Theory]
    [MemberData(nameof(Attempts))]
    public void What_events_logs_and_http_answers_say_is_not_told(string attempt)
    {
        var harmless = Prompt(Poisoned("it went wrong"));
        // An attempt may look like a known kind of message; that kind is all that may differ.
        Assert.Equal(Kinds().Replace(harmless, ""), Kinds().Replace(Prompt(Poisoned(attempt)), ""));
        Assert.Equal(Kinds().Replace(harmless, ""), Kinds().Replace(Prompt(Poisoned($"{{\"status\": 503, \"headers\": {{}}, \"body\": {JsonValue.Create(attempt)!.ToJsonString()}}}") with { ProbeName = attempt }), ""));
    }

    [Theory]
    [MemberData(nameof(Attempts))]
    public void By_rules_they_change_no_conclusion_and_are_text_in_the_report(string attempt)
    {
        var (innocent, report) = (Poisoned("it went wrong").Report(), Poisoned(attempt).Report());
        Assert.Equal((innocent.Cause.Conclusion, innocent.Cause.Headline, innocent.Cause.Confidence), (report.Cause.Conclusion, report.Cause.Headline, report.Cause.Confidence));
        IsOnlyText(innocent, report);
    }

    [Theory]
    [MemberData(nameof(Attempts))]
    public void In_a_model_s_explanation_they_are_struck_out_or_text(string attempt)
    {
        var file = new SomeCase().File;
        var answer = SomeNarration.Answer(
            SomeNarration.Statement("observed", attempt, "users.error-rate.worst"), SomeNarration.Statement("cause", $"There is only one of it. {attempt}", SomeNarration.Weakness),
            SomeNarration.Statement("settle", $"Mend it and see. {attempt}", attempt));
        var narrative = Form(file).Read(JsonDocument.Parse(answer.ToJsonString()).RootElement);
        var (innocent, report) = (new SomeCase().Report(Form(file).Read(JsonDocument.Parse(SomeNarration.Answer().ToJsonString()).RootElement)), new SomeCase().Report(narrative));
        Assert.Equal(innocent.Cause.Headline, report.Cause.Headline);
        Assert.DoesNotContain(report.Cause.Statements, statement => statement.Part == Part.Settle);
        Assert.All(narrative.Statements, statement => Assert.DoesNotContain("canary", statement.Text, StringComparison.OrdinalIgnoreCase));
        IsOnlyText(innocent, report);
        Assert.Equal(Numbers(innocent), Numbers(report));
    }

    [Theory]
    [MemberData(nameof(Attempts))]
    public void What_is_put_where_an_id_belongs_names_no_cause(string attempt)
    {
        var file = new SomeCase().File;
        var answer = SomeNarration.Answer();
        answer["weakness"] = attempt;
        Assert.NotEmpty(Form(file).Problems(JsonDocument.Parse(answer.ToJsonString()).RootElement));
    }

    private static NarrativeForm Form(CaseFile file) => new(file, new EvidenceList(file, anonymise: false, new Dictionary<string, MessageKind>()), "script script-1", "0123456789ab");

    private static string Prompt(SomeCase run) => new PromptBook().Render("narrate", new EvidenceList(run.File, anonymise: false, new Dictionary<string, MessageKind>()).Data);

    private static void IsOnlyText(ReportModel innocent, ReportModel report)
    {
        var document = Markdig.Markdown.Parse(MarkdownReport.Write(report), Everything);
        Assert.Empty(document.Descendants<LinkInline>());
        Assert.Empty(document.Descendants<AutolinkInline>());
        Assert.Empty(document.Descendants<HtmlBlock>());
        Assert.Empty(document.Descendants<HtmlInline>());
        Assert.DoesNotContain(document.Descendants<LiteralInline>(), text => text.Content.AsSpan().IndexOfAny('\u001b', '\u202e', '\u200b') >= 0);
        // The page has the tags that our own code writes, and no other: not one more kind than with harmless words.
        Assert.Subset(Tags(innocent), Tags(report));
    }

    private static HashSet<string> Tags(ReportModel report) => [.. Tag().Matches(HtmlReport.Write(report)).Select(tag => tag.Groups[1].Value.ToLowerInvariant())];

    // In the section about the cause, whoever wrote it: its list items are counted, so only what stands in sentences is compared.
    private static IEnumerable<string> Numbers(ReportModel report) => report.Cause.Statements.SelectMany(statement => Number().Matches(statement.Text).Select(number => number.Value)).Distinct().Order();

    [GeneratedRegex(@" \([a-z ]+\)$", RegexOptions.Multiline)]
    private static partial Regex Kinds();

    [GeneratedRegex("<([a-zA-Z!/][^ >]*)")]
    private static partial Regex Tag();

    [GeneratedRegex(@"\d+")]
    private static partial Regex Number();
}
