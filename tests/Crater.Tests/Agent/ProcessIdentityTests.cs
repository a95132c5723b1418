using Crater.Agent.Host;
using Xunit;

namespace Crater.Tests.Agent;

public sealed class ProcessIdentityTests
{
    [Fact]
    public void This_process_is_alive_and_reads_back() => Assert.True(ProcessIdentity.Parse(ProcessIdentity.Self.ToString())!.Value.IsAlive);

    [Fact]
    public void A_process_with_our_pid_and_another_start_is_not_us()
    {
        var earlier = ProcessIdentity.Self with { StartTicks = ProcessIdentity.Self.StartTicks - 1 };

        Assert.False(earlier.IsAlive);
        Assert.Null(PidHandle.Open(earlier));
        Assert.Equal(Errno.NoProcess, earlier.Signal(0));
    }

    [Fact]
    public void A_process_of_another_boot_is_not_us() => Assert.False((ProcessIdentity.Self with { Boot = "another" }).IsAlive);

    [Theory]
    [InlineData("")]
    [InlineData("12")]
    [InlineData("12@3")]
    [InlineData("0@3@b")]
    [InlineData("-1@3@b")]
    [InlineData("x@3@b")]
    public void Another_text_is_no_process(string text) => Assert.Null(ProcessIdentity.Parse(text));

    [Fact]
    public void A_name_with_brackets_and_spaces_does_not_shift_the_fields()
    {
        var stat = ProcessStat.Parse(7, "7 (a) b (c) T 1 7 7 0 -1 4194304 0 0 0 0 30 12 0 0 20 0 1 0 5555 0 0");

        Assert.Equal(new ProcessStat(7, "a) b (c", 'T', 1, 42, 5555), stat);
    }
}
