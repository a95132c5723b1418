using Crater.Models;
using Crater.Models.Structure;
using Xunit;

namespace Crater.Tests.Models;

public sealed class ToolCallsTests
{
    private static readonly ToolOffer[] Tools = [new("pick", "Picks.", Asking.Schema)];

    private static IReadOnlyList<ToolCalls.Sorted> Sort(params ToolCall[] calls) => ToolCalls.Sort(calls, Tools);

    [Fact]
    public void A_call_that_keeps_to_the_schema_can_be_made()
    {
        var sorted = Assert.Single(Sort(new ToolCall("1", "pick", """{"colour":"red","size":1}""")));

        Assert.Equal(("", "red"), (sorted.Problem, sorted.Arguments!.Value.GetProperty("colour").GetString()));
    }

    [Theory]
    [InlineData("kill_all", "{}", "there is no tool 'kill_all'; there are pick")]
    [InlineData("pick", "{colour:", "the arguments are not JSON")]
    [InlineData("pick", "", "answer.colour is missing")]
    [InlineData("pick", """{"colour":"red","size":1,"namespace":"kube-system"}""", "which does not belong there")]
    public void Any_other_is_answered_with_what_is_wrong_and_never_made(string name, string arguments, string problem)
    {
        var sorted = Assert.Single(Sort(new ToolCall("1", name, arguments)));

        Assert.Null(sorted.Arguments);
        Assert.Contains(problem, sorted.Problem, StringComparison.Ordinal);
    }

    [Fact]
    public void Of_two_calls_with_one_id_the_first_is_made_and_both_are_answered_under_ids_of_their_own()
    {
        const string Right = """{"colour":"red","size":1}""";

        var sorted = Sort(new ToolCall("1", "pick", Right), new ToolCall("1", "pick", Right), new ToolCall("1-2", "pick", Right));

        Assert.Equal([true, false, false], sorted.Select(one => one.Arguments is not null));
        Assert.Equal(3, sorted.Select(one => one.Call.Id).Distinct().Count());
    }
}
