using System.Text;
using Crater.Models;
using Crater.Models.Pilot;
using Crater.Models.Pilot.Minds;
using Crater.Models.Pilot.Transcripts;
using Crater.Models.Prompts;
using Crater.Tests.Architecture;
using Xunit;

namespace Crater.Tests.Models.Pilot;

/// <summary>What a pilot is told, word for word, for a fixed inventory. CRATER_WRITE_DOCS=1 writes the files anew.</summary>
public sealed class PilotPromptTests
{
    [Theory]
    [InlineData("pilot-system", false)]
    [InlineData("pilot-system-plain", true)]
    public void The_rules_of_the_game(string name, bool isPlain) => Same(name, ModelMind.System(new PromptBook(), Tools(), isPlain));

    [Theory]
    [InlineData("pilot-rounds", "5", false)]
    [InlineData("pilot-load", "handle 10000 users", true)]
    public void The_opening(string name, string objective, bool isAnonymous)
    {
        var setup = SomePilot.Setup(new ScriptedWorld(), objective, change: options => options with { Anonymise = isAnonymous });

        Same(name, setup.Prompts.Render("pilot", PilotRun.Data(setup, PilotRun.DigestOf(setup), "3 of 3 components have all their pods ready.")));
    }

    private static Crater.Models.Tools.ToolBox Tools()
    {
        var setup = SomePilot.Setup(new ScriptedWorld(), "5");
        return PilotLoop.ToolsOf(new PilotSession(setup.Options, PilotRun.DigestOf(setup), setup.Executor, setup.Approver, setup.Spending, new Transcript(TimeProvider.System)), TimeProvider.System);
    }

    private static void Same(string name, string text)
    {
        var golden = RepositoryRoot.File("tests", "Crater.Tests", "Models", "Golden", $"{name}.txt");
        if (Environment.GetEnvironmentVariable("CRATER_WRITE_DOCS") == "1")
        {
            File.WriteAllText(golden, text, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false));
        }

        Assert.Equal(File.ReadAllText(golden), text);
    }
}
