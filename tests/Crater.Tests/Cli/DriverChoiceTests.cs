using Crater.Cli.Composition;
using Crater.Diagnostics;
using Crater.Tests.Runs;
using Xunit;

namespace Crater.Tests.Cli;

public sealed class DriverChoiceTests
{
    [Fact]
    public void A_document_that_insists_on_a_driver_is_never_run_by_another()
    {
        var document = Some.Experiment(Some.Step()) with { Driver = "litmus" };
        Assert.Equal("CRT8201", Assert.Throws<CraterException>(() => DriverChoice.Apply("chaos-mesh", document, "")).Code);
        Assert.Equal("litmus", DriverChoice.Apply("", document, "chaos-mesh").Driver);
    }

    [Theory]
    [InlineData("CRT8201", 1)]
    [InlineData("CRT8203", 1)]
    [InlineData("CRT8208", 1)]
    [InlineData("CRT8202", 5)]
    [InlineData("CRT8204", 5)]
    public void What_the_document_or_the_command_line_says_wrong_ends_otherwise_than_what_the_surroundings_forbid(string code, int exit) =>
        Assert.Equal(exit, Crater.Cli.ExitCodes.For(new CraterException(code, "")));

    [Fact]
    public void The_command_line_wins_over_the_preference_of_stack_yaml() =>
        Assert.Equal("chaos-mesh", DriverChoice.Apply("chaos-mesh", Some.Experiment(Some.Step()), "litmus").Driver);
}
