using Crater.Cli.Chaos.Syntax;
using Xunit;

namespace Crater.Tests.Cli.Chaos;

public sealed class VariableTextTests
{
    [Theory]
    [InlineData("a=1", "\"1\"")]
    [InlineData("a=", "\"\"")]
    [InlineData("a=b=c", "\"b=c\"")]
    [InlineData("a:str=1", "\"1\"")]
    [InlineData("a:int= 1_000 ", "1000")]
    [InlineData("a:integer=-4", "-4")]
    [InlineData("a:float=0.5", "0.5")]
    [InlineData("a:number=2", "2")]
    [InlineData("a:bytes=x", "\"x\"")]
    [InlineData("a:bool=No", "false")]
    [InlineData("a:bool=0", "false")]
    [InlineData("a:bool=off", "true")]
    [InlineData("a:json=[1,{\"b\":null}]", "[1,{\"b\":null}]")]
    [InlineData("a:json=", "\"\"")]
    public void A_variable_has_the_type_it_names(string given, string json) =>
        Assert.Equal(json, VariableText.All([given])["a"]?.ToJsonString());

    [Fact]
    public void Of_a_name_that_is_given_twice_the_last_one_counts() => Assert.Equal("2", (string?)VariableText.All(["a=1", "a=2"])["a"]);
}
