using Crater.Agent.Faults;
using Xunit;

namespace Crater.Tests.Agent;

public sealed class RecoveryProgramTests
{
    [Theory]
    [InlineData("/bin/true", "/bin/true")]
    [InlineData("  /a  b\tc ", "/a|b|c")]
    [InlineData("/a 'b c' \"d 'e\"", "/a|b c|d 'e")]
    [InlineData("/a ''", "/a|")]
    [InlineData("/a x'y z'w", "/a|xy zw")]
    [InlineData("/a $HOME `id` ; rm * > /b", "/a|$HOME|`id`|;|rm|*|>|/b")]
    [InlineData("/a 'open", "")]
    public void A_line_becomes_a_vector_and_no_shell_has_a_say(string line, string vector) => Assert.Equal(vector, string.Join('|', RecoveryProgram.Split(line)));

    [Fact]
    public void A_private_value_is_shown_by_its_length_alone() =>
        Assert.Equal("content=(7 characters) path=/x", new FaultRequest("u", "file-modify", new Dictionary<string, string> { ["path"] = "/x", ["content"] = "hunter2" }).Words);
}
