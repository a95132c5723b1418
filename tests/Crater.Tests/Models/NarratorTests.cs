using System.Text;
using System.Text.Json.Nodes;
using Crater.Models;
using Crater.Models.Narrate;
using Crater.Models.Prompts;
using Crater.Reports.Causes;
using Crater.Tests.Models.Scripted;
using Crater.Tests.Reports.Causes;
using Xunit;

namespace Crater.Tests.Models;

public sealed class NarratorTests
{
    private static string Sent(ScriptedModelServer script, int request = 0) => Asking.Words(script.Requests.ElementAt(request));

    [Fact]
    public async Task A_model_words_the_cause_and_code_puts_the_figures_in()
    {
        await using var script = await ScriptedModelServer.StartAsync(Say.Form(SomeNarration.Answer().ToJsonString()));
        var narration = await SomeNarration.TellAsync(script);
        var cause = new SomeCase().Report(narration.Narrative).Cause;
        Assert.Equal(("", 1), (narration.Fallback, narration.Calls));
        Assert.Contains(cause.Statements, statement => statement.Text == "Users lost requests while orders-db was away: at worst 40 % of them.");
        Assert.Empty(cause.Struck);
    }

    [Fact]
    public async Task An_answer_that_is_mostly_made_up_is_sent_back_with_what_is_wrong()
    {
        var wrong = SomeNarration.Answer(
            SomeNarration.Statement("observed", "The disk of the database was full.", "e998"), SomeNarration.Statement("observed", "The network was slow all the time.", "e999"),
            SomeNarration.Statement("observed", "Users lost 40 percent of their requests.", "users.error-rate.worst"));
        await using var script = await ScriptedModelServer.StartAsync(Say.Form(wrong.ToJsonString()), Say.Form(SomeNarration.Answer().ToJsonString()));
        var narration = await SomeNarration.TellAsync(script);
        Assert.Equal(("", 2), (narration.Fallback, narration.Calls));
        Assert.Contains("answer.statements[2]: it cites 'e998', which is not there", Sent(script, 1), StringComparison.Ordinal);
        Assert.Contains("answer.statements[4]: it has a number that is in no slot", Sent(script, 1), StringComparison.Ordinal);
    }

    [Fact]
    public async Task One_statement_that_is_made_up_is_struck_out_and_the_rest_stands()
    {
        await using var script = await ScriptedModelServer.StartAsync(Say.Form(SomeNarration.Answer(SomeNarration.Statement("observed", "The disk of the database was full.", "e999")).ToJsonString()));
        var cause = new SomeCase().Report((await SomeNarration.TellAsync(script)).Narrative).Cause;
        Assert.Equal((2, 1), (cause.Statements.Count, cause.Struck.Count));
    }

    [Fact]
    public async Task A_cause_that_is_no_weakness_of_the_list_is_never_taken()
    {
        var blaming = SomeNarration.Answer();
        blaming["weakness"] = "e4";
        await using var script = await ScriptedModelServer.StartAsync(Enumerable.Repeat(Say.Form(blaming.ToJsonString()), 3));
        var narration = await SomeNarration.TellAsync(script);
        Assert.Null(narration.Narrative);
        Assert.StartsWith("CRT7315: ", narration.Fallback, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Not_enough_evidence_is_a_full_answer()
    {
        var honest = SomeNarration.Answer();
        (honest["conclusion"], honest["weakness"], honest["confidence"]) = ("not-enough-evidence", "none", "low");
        honest["statements"] = new JsonArray(SomeNarration.Statement("confidence", "The facts do not show which of them it was, and nothing of the callers was measured.", "users.error-rate.worst"));
        await using var script = await ScriptedModelServer.StartAsync(Say.Form(honest.ToJsonString()));
        var cause = new SomeCase().Report((await SomeNarration.TellAsync(script)).Narrative).Cause;
        Assert.Equal((Conclusion.NotEnoughEvidence, true), (cause.Conclusion, cause.IsByModel));
    }

    [Theory]
    [InlineData(false, true)]
    [InlineData(true, false)]
    public async Task Where_there_is_nothing_to_explain_nobody_is_asked(bool isFelt, bool isWatched)
    {
        await using var script = await ScriptedModelServer.StartAsync(Say.Form(SomeNarration.Answer().ToJsonString()));
        var narration = await SomeNarration.TellAsync(script, new SomeCase { IsFelt = isFelt, IsWatched = isWatched });
        Assert.StartsWith("CRT7361: ", narration.Fallback, StringComparison.Ordinal);
        Assert.Equal(1, script.TurnsLeft);
    }

    [Fact]
    public async Task Without_names_only_aliases_are_told()
    {
        await using var script = await ScriptedModelServer.StartAsync(Say.Form(SomeNarration.Answer().ToJsonString()));
        await SomeNarration.TellAsync(script, anonymise: true);
        Assert.DoesNotContain("orders-db", Sent(script), StringComparison.Ordinal);
        Assert.Contains("c06 statefulset data x1", Sent(script), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_message_that_no_pattern_knows_is_read_in_a_call_of_its_own_without_tools_that_can_only_name_its_kind()
    {
        var run = new SomeCase { Message = "Zeitüberschreitung beim Warten" };
        var read = new JsonObject { ["messages"] = new JsonArray(new JsonObject { ["id"] = "e6", ["kind"] = "timeout" }) };
        await using var script = await ScriptedModelServer.StartAsync(Say.Form(read.ToJsonString()), Say.Form(SomeNarration.Answer().ToJsonString()));
        await SomeNarration.TellAsync(script, run);
        var first = script.Requests.First();
        Assert.Contains("Zeit", Sent(script), StringComparison.Ordinal);
        Assert.DoesNotContain("orders", Sent(script), StringComparison.Ordinal);
        Assert.Null(first["tools"]);
        Assert.DoesNotContain("Zeit", Sent(script, 1), StringComparison.Ordinal);
        Assert.Contains("(timeout, as far as its message can be believed)", Sent(script, 1), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_canary_secret_in_a_message_reaches_neither_prompt_nor_narrative()
    {
        const string canary = "sk-canary0123456789abcdefghij";
        await using var script = await ScriptedModelServer.StartAsync(Say.Form("""{"messages":[]}"""),
            Say.Form(SomeNarration.Answer(SomeNarration.Statement("observed", $"The key was {canary} and so on.", "users.error-rate.worst")).ToJsonString()));
        var narration = await SomeNarration.TellAsync(script, new SomeCase { Message = $"cannot log in with {canary}" });
        Assert.All(script.Bytes, body => Assert.DoesNotContain("canary", Encoding.UTF8.GetString(body), StringComparison.Ordinal));
        Assert.All(narration.Narrative!.Statements, statement => Assert.DoesNotContain("canary", statement.Text, StringComparison.Ordinal));
    }

    [Fact]
    public void The_rendered_prompt_is_what_it_was()
    {
        var evidence = new EvidenceList(new SomeCase().File, anonymise: false, new Dictionary<string, MessageKind>());
        GoldenFile.Check("narrate-case", new PromptBook().Render("narrate-system", new Dictionary<string, object>()) + "\n" + new PromptBook().Render("narrate", evidence.Data));
    }

    public static TheoryData<string, string> Failures => new()
    {
        { "html", "CRT7310" }, { "key", "CRT7306" }, { "name", "CRT7307" }, { "endless", "CRT7311" }, { "big", "CRT7311" }, { "refuses", "CRT7314" }, { "german", "CRT7315" }, { "nothing", "CRT7315" }, { "gone", "CRT7305" },
    };

    [Theory]
    [MemberData(nameof(Failures))]
    public async Task Whatever_goes_wrong_has_a_code_and_the_rules_words_stand(string what, string code)
    {
        var german = SomeNarration.Answer();
        german["statements"] = new JsonArray(SomeNarration.Statement("cause", "Es gibt nur eine Instanz dieser Datenbank, und deshalb warten alle anderen Dienste vergeblich auf eine Antwort von ihr.", SomeNarration.Weakness));
        var turn = what switch
        {
            "html" => Say.Html,
            "key" => Say.Status(401),
            "name" => Say.Status(404),
            "endless" => Say.Endless,
            "big" => Say.Big(10 << 20),
            "refuses" => Say.Refuses("I would rather not."),
            "german" => Say.Form(german.ToJsonString()),
            _ => Say.Nothing,
        };
        var script = await ScriptedModelServer.StartAsync(Enumerable.Repeat(turn, 3));
        if (what == "gone")
        {
            await script.DisposeAsync();
        }

        var narration = await SomeNarration.TellAsync(script);
        await script.DisposeAsync();
        Assert.Null(narration.Narrative);
        Assert.StartsWith($"{code}: ", narration.Fallback, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_budget_of_nothing_asks_nobody()
    {
        await using var script = await ScriptedModelServer.StartAsync(Say.Form(SomeNarration.Answer().ToJsonString()));
        var narration = await SomeNarration.TellAsync(script, budget: new Budget { Tokens = 0 });
        Assert.StartsWith("CRT7313: ", narration.Fallback, StringComparison.Ordinal);
        Assert.Equal(1, script.TurnsLeft);
    }
}
