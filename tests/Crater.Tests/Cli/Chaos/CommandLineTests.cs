using Crater.Cli.Chaos.Syntax;
using Xunit;

namespace Crater.Tests.Cli.Chaos;

/// <summary>The command line of chaos, in what scripts depend on: what is understood, what is not, and the words for it.</summary>
public sealed class CommandLineTests
{
    [Fact]
    public void Options_stand_before_and_behind_the_source()
    {
        var read = Run("--dry", "probes", "experiment.json", "--fail-fast", "--var=a=1", "--var", "b=2");

        Assert.Equal(["experiment.json"], read.Values);
        Assert.Equal("probes", read.Text("--dry"));
        Assert.True(read.Has("--fail-fast"));
        Assert.Equal(["a=1", "b=2"], read.Texts("--var"));
    }

    [Fact]
    public void Of_an_option_that_is_given_twice_the_last_one_counts() =>
        Assert.Equal("two.json", Run("--journal-path", "one.json", "--journal-path", "two.json", "x.json").Text("--journal-path"));

    [Fact]
    public void Options_of_the_tool_end_at_its_command()
    {
        var read = ChaosArguments.Read(ChaosCommands.Tool, ["--verbose", "run", "--dry", "probes", "x.json"]);

        Assert.Equal(["run"], read.Values);
        Assert.Equal(["--dry", "probes", "x.json"], read.Rest);
    }

    [Fact]
    public void Behind_two_dashes_nothing_is_an_option() => Assert.Equal(["--dry"], Run("--", "--dry").Values);

    [Theory]
    [InlineData("Missing argument 'SOURCE'.")]
    [InlineData("Got unexpected extra argument (b)", "a", "b")]
    [InlineData("Got unexpected extra arguments (b c)", "a", "b", "c")]
    [InlineData("No such option: --dri Did you mean --dry?", "--dri", "probes", "a")]
    [InlineData("No such option: --hypothesis (Possible options: --hypothesis-frequency, --hypothesis-strategy)", "--hypothesis", "a")]
    [InlineData("Invalid value for '--dry': 'x' is not one of 'probes', 'actions', 'activities', 'pause'.", "--dry", "x", "a")]
    [InlineData("Invalid value for '--hypothesis-frequency': 'often' is not a valid float.", "--hypothesis-frequency", "often", "a")]
    [InlineData("Invalid value for '--var-file': Path '/not/there' does not exist.", "--var-file", "/not/there", "a")]
    [InlineData("Invalid value for '--var': variable type can only be: bool, str, int, float, bytes or json", "--var", "n:complex=1", "a")]
    [InlineData("Invalid value for '--var': invalid literal for int() with base 10: 'one'", "--var", "n:int=one", "a")]
    [InlineData("Invalid value for '--var': 'n' needs to be in the format name[:type]=value", "--var", "n", "a")]
    public void What_is_wrong_is_said_below_the_usage(string error, params string[] words) => Assert.Equal(
        $"Usage: chaos run [OPTIONS] SOURCE\nTry 'chaos run --help' for help.\n\nError: {error}",
        Assert.Throws<Misuse>(() => Run(words)).Text);

    [Theory]
    [InlineData("Error: Option '--dry' requires an argument.", "--dry")]
    [InlineData("Error: Option '--fail-fast' does not take a value.", "--fail-fast=yes", "a")]
    public void A_value_too_few_or_too_many_is_said_alone(string error, params string[] words) =>
        Assert.Equal(error, Assert.Throws<Misuse>(() => Run(words)).Text);

    [Fact]
    public void A_command_that_there_is_not_is_named() => Assert.Equal(
        "No such command 'walk'.",
        Assert.Throws<Misuse>(() => ChaosCommands.Command(ChaosCommands.Tool, ChaosArguments.Read(ChaosCommands.Tool, ["walk"]))).Message);

    [Fact]
    public void The_version_is_the_line_that_scripts_parse() =>
        Assert.Equal("chaos, version 1.19.0", Assert.Throws<Shown>(() => ChaosArguments.Read(ChaosCommands.Tool, ["--version"])).Text);

    [Fact]
    public void Help_comes_before_what_is_wrong_beside_it() =>
        Assert.StartsWith("Usage: chaos run [OPTIONS] SOURCE\n", Assert.Throws<Shown>(() => Run("--dry", "x", "--help")).Text, StringComparison.Ordinal);

    [Theory]
    [InlineData("run")]
    [InlineData("validate")]
    [InlineData("discover")]
    [InlineData("init")]
    [InlineData("info")]
    [InlineData("settings")]
    public void Help_names_every_option_within_eighty_columns_but_for_lists_of_choices(string name)
    {
        var syntax = ChaosCommands.Tool.Commands.Single(command => command.Name == name);

        var help = HelpText.Of(syntax);

        Assert.All(syntax.Options, option => Assert.Contains($"  {option.Name}", help));
        Assert.All(help.Split('\n').Where(line => !line.Contains('[')), line => Assert.InRange(line.Length, 0, 80));
    }

    private static ChaosArguments Run(params string[] words) => ChaosArguments.Read(ChaosCommands.Run, words);
}
