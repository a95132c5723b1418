using System.Text.Json.Nodes;
using Crater.Cli.Chaos;
using Crater.Cli.Chaos.Syntax;
using Crater.Diagnostics;
using Crater.Experiments;
using Xunit;

namespace Crater.Tests.Cli.Chaos;

/// <summary>Who decides how a document is played.</summary>
public sealed class MannerTests
{
    private static readonly Experiment Silent = new() { Title = "T", Source = "", SourceFormat = "yaml" };
    private static readonly Experiment Telling = Silent with { HypothesisStrategy = HypothesisStrategy.AfterMethodOnly, RollbackStrategy = RollbackStrategy.Default };

    [Fact]
    public void An_option_wins_over_the_document_and_the_document_over_the_settings()
    {
        var settings = JsonNode.Parse("""{"runtime": {"hypothesis": {"strategy": "skip"}, "rollbacks": {"strategy": "always"}}}""")!.AsObject();

        Assert.Equal(HypothesisStrategy.Continuously, Of(Telling, settings, "--hypothesis-strategy", "continously").Hypothesis);
        Assert.Equal(HypothesisStrategy.AfterMethodOnly, Of(Telling, settings).Hypothesis);
        Assert.Equal(HypothesisStrategy.Skip, Of(Silent, settings).Hypothesis);
        Assert.Equal(RollbackStrategy.Default, Of(Telling, settings).Rollbacks);
        Assert.Equal(RollbackStrategy.Always, Of(Silent, settings).Rollbacks);
        Assert.Equal(HypothesisStrategy.Default, Of(Silent, []).Hypothesis);
    }

    [Fact]
    public void Settings_that_name_no_strategy_are_an_error_before_anything_is_played() => Assert.Equal(
        "CRT1237",
        Assert.Throws<CraterException>(() => Of(Silent, JsonNode.Parse("""{"runtime": {"rollbacks": {"strategy": "perhaps"}}}""")!.AsObject())).Code);

    [Fact]
    public void What_nobody_says_is_as_in_that_tool()
    {
        var manner = Of(Silent, []);

        Assert.Equal(TimeSpan.FromSeconds(1), manner.Frequency);
        Assert.Equal("./journal.json", manner.JournalPath);
        Assert.Null(manner.Dry);
        Assert.False(manner.FailFast);
    }

    private static Crater.Runs.RunManner Of(Experiment experiment, JsonObject settings, params string[] words) =>
        ChaosManner.Of(ChaosArguments.Read(ChaosCommands.Run, [.. words, "x.json"]), experiment, settings);
}
