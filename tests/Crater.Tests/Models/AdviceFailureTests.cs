using Crater.Models;
using Crater.Tests.Models.Scripted;
using Xunit;

namespace Crater.Tests.Models;

/// <summary>Whatever a model does wrong, the advice is that of the rules, and says why with a code.</summary>
public sealed class AdviceFailureTests
{
    [Theory]
    [InlineData("nobody there", "CRT7305")]
    [InlineData("wrong key", "CRT7306")]
    [InlineData("wrong model name", "CRT7307")]
    [InlineData("html", "CRT7310")]
    [InlineData("endless", "CRT7311")]
    [InlineData("ten megabytes", "CRT7311")]
    [InlineData("another language", "CRT7315")]
    [InlineData("protected namespace", "CRT7315")]
    [InlineData("no budget", "CRT7313")]
    public async Task The_rules_advise_and_say_why(string what, string code)
    {
        var foreign = SomeAdvice.Choosing(SomeAdvice.Digest(), "k01");
        const string german = "Es gibt nur eine einzige Instanz dieser Datenbank, und deshalb warten alle anderen Dienste vergeblich auf eine Antwort von ihr.";
        (foreign["summary"], foreign["proposals"]![0]!["rationale"], foreign["proposals"]![0]!["expectedImpact"]) = (german, german, german);
        var turn = what switch
        {
            "wrong key" => Say.Status(401),
            "wrong model name" => Say.Status(404),
            "html" => Say.Html,
            "endless" => Say.Endless,
            "ten megabytes" => Say.Big(10 << 20),
            "another language" => Say.Form(foreign.ToJsonString()),
            _ => Say.Form(SomeAdvice.Choosing(SomeAdvice.Digest(), "deployment/kube-system/coredns").ToJsonString()),
        };
        var script = await ScriptedModelServer.StartAsync(Enumerable.Repeat(turn, 3));
        if (what == "nobody there")
        {
            await script.DisposeAsync();
        }

        var advisory = await SomeAdvice.AskAsync(script, budget: what == "no budget" ? new Budget { Tokens = 0 } : null);
        await script.DisposeAsync();
        Assert.StartsWith($"{code}: ", advisory.Origin.Fallback, StringComparison.Ordinal);
        Assert.Equal(SomeAdvice.Shortlist().Rules.Proposals.Select(proposal => proposal.Id), advisory.Proposals.Select(proposal => proposal.Id));
    }
}
