using Crater.Diagnostics;
using Crater.Experiments.Wrapper;
using Xunit;

namespace Crater.Tests.Experiments.Wrapper;

/// <summary>What Python's configparser makes of these texts was looked up with Python itself.</summary>
public sealed class ConfFileTests
{
    private const string Whole = """
        # the defaults
        [DEFAULT]
        experiment_path = experiment.yaml
        hypothesis_strategy: continuously
        Hypothesis_Frequency = 120
        fail_fast = true
        var_files = variables.yaml, variables-live.yaml

        [live]
        rollback_strategy = deviated
        var_overrides =
            environment = live
            # not this one
            stress_users:int = 70

            url = http://host/?a=b:c
            cpu: 90%%

        [empty]
        """;

    private static ConfSettings Read(string text, string context = "") => ConfFile.Parse(text, "/x/experiment.conf").Settings(context);

    private static string Problems(string text, string context = "")
    {
        var error = Assert.Throws<CraterException>(() => Read(text, context));
        return error.Problems.Count == 0 ? $"{error.Code} {error.Message}" : string.Join("\n", error.Problems.Select(problem => $"{problem.Code}:{problem.Line} {problem.Message}"));
    }

    [Fact]
    public void A_context_stands_over_the_defaults_key_by_key() => Assert.Equal(
        ["--rollback-strategy", "deviated", "--hypothesis-strategy", "continuously", "--hypothesis-frequency", "120", "--fail-fast",
            "--var-file", "variables.yaml", "--var-file", "variables-live.yaml",
            "--var", "environment=live", "--var", "stress_users:int=70", "--var", "url=http://host/?a=b:c", "--var", "cpu=90%", "experiment.yaml"],
        Read(Whole, "live").Arguments);

    [Theory]
    [InlineData("")]
    [InlineData("empty")]
    [InlineData("DEFAULT")]
    public void Without_a_context_the_defaults_alone_apply(string context) => Assert.Equal(
        ["--rollback-strategy", "always", "--hypothesis-strategy", "continuously", "--hypothesis-frequency", "120", "--fail-fast", "--var-file", "variables.yaml", "--var-file", "variables-live.yaml", "experiment.yaml"],
        Read(Whole, context).Arguments);

    [Fact]
    public void Rollbacks_are_always_played_unless_the_file_says_otherwise() => Assert.Equal(["--rollback-strategy", "always", "experiment.yaml"], Read("").Arguments);

    [Fact]
    public void Relative_paths_start_at_the_folder_of_the_file() => Assert.Equal("/x", Read("").Folder);

    [Fact]
    public void An_unknown_context_is_an_error_that_lists_those_there_are()
    {
        Assert.Equal("CRT1221 /x/experiment.conf has no context prod; it has live, empty.", Problems(Whole, "prod"));
        Assert.Contains("it has none at all", Problems("", "live"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("true", true)]
    [InlineData("Yes", true)]
    [InlineData("on", true)]
    [InlineData("1", true)]
    [InlineData("false", false)]
    [InlineData("off", false)]
    [InlineData("", false)]
    public void Fail_fast_is_what_the_word_says(string word, bool failFast) => Assert.Equal(failFast, Read($"[DEFAULT]\nfail_fast = {word}").FailFast);

    [Fact]
    public void Values_are_put_in_from_the_context_and_from_the_defaults()
    {
        const string Text = "[DEFAULT]\nkind = small\nbase = files/%(kind)s\nexperiment_path = %(base)s/100%%.yaml\n[live]\nKIND = large\n";
        Assert.Equal("files/small/100%.yaml", Read(Text).Experiment);
        Assert.Equal("files/large/100%.yaml", Read(Text, "live").Experiment);
    }

    [Theory]
    [InlineData("experiment_path = 90%", "CRT1222:2 experiment_path has a '%' that stands for nothing")]
    [InlineData("experiment_path = %(nothing)s", "CRT1222:2 experiment_path refers to %(nothing)s")]
    [InlineData("experiment_path = %(experiment_path)s", "CRT1222:2 experiment_path leads back to itself")]
    [InlineData("experiment_path = %(open", "CRT1222:2 experiment_path has a '%' that stands for nothing")]
    [InlineData("rollback_strategy = allways", "CRT1224:2 rollback_strategy is allways; it takes default, always, never, deviated. Did you mean always?")]
    [InlineData("hypothesis_frequency = often", "CRT1224:2 hypothesis_frequency is often; it takes a number of seconds greater than 0.")]
    [InlineData("fail_fast = maybe", "CRT1224:2 fail_fast is maybe; it takes true or false.")]
    [InlineData("var_overrides =\n  nonsense", "CRT1223:2 'nonsense' is no override")]
    [InlineData("just a line", "CRT1220:2 'just a line' has no key and value")]
    [InlineData("a = 1\nA = 2", "CRT1220:3 a stands twice in [DEFAULT]")]
    [InlineData("[x]\n[x]", "CRT1220:3 The section [x] stands twice")]
    public void What_cannot_be_understood_is_named_with_its_line(string text, string problem) =>
        Assert.StartsWith(problem, Problems($"[DEFAULT]\n{text}"), StringComparison.Ordinal);

    [Fact]
    public void Everything_that_is_wrong_is_said_at_once() =>
        Assert.Equal(3, Problems("[DEFAULT]\nfail_fast = maybe\nhypothesis_strategy = never\nvar_overrides = x").Split('\n').Length);

    [Fact]
    public void A_line_before_the_first_section_is_an_error() => Assert.StartsWith("CRT1220:1 'a = 1' stands before the first section", Problems("a = 1"), StringComparison.Ordinal);

    [Fact]
    public void A_misspelt_key_is_a_warning_and_a_foreign_one_is_none()
    {
        var settings = Read("[DEFAULT]\nrollback_stategy = never\nour_own_note = x\n");
        Assert.Equal(["CRT1226"], settings.Problems.Select(problem => problem.Code));
        Assert.Equal("always", settings.Rollbacks);
    }

    [Fact]
    public void A_value_goes_on_for_as_long_as_lines_are_indented_deeper()
    {
        var ini = IniText.Read("  [a]\n  key = one\n    two\n\n    three\n  ; no\n  next : x = y ; z\n\n");
        Assert.Equal("one\ntwo\n\nthree", ini.Find("a", "KEY")!.Text);
        Assert.Equal("x = y ; z", ini.Find("a", "next")!.Text);
    }

    [Fact]
    public void A_file_that_is_not_there_is_an_error_of_its_own() =>
        Assert.Equal("CRT1001", Assert.Throws<CraterException>(() => ConfFile.Read("/no/such/experiment.conf")).Code);
}
