using Crater.Agent.Host;
using Xunit;

namespace Crater.Tests.Agent;

public sealed class CapabilitiesTests
{
    /// <summary>All that there are but SYS_RESOURCE, as a machine has it that was given less.</summary>
    private const string Status = "Name:\tcraterd\nCapInh:\t0000000000000000\nCapPrm:\t000001fffeffffff\nCapEff:\t000001fffeffffff\nCapBnd:\t000001fffeffffff\n";

    [Theory]
    [InlineData("CAP_SYS_RESOURCE", "CAP_SYS_RESOURCE")]
    [InlineData("CAP_NET_ADMIN, and CAP_SYS_ADMIN for another network namespace", "")]
    [InlineData("CAP_KILL, CAP_SYS_RESOURCE, and CAP_SYS_PTRACE for a place", "CAP_SYS_RESOURCE")]
    [InlineData("", "")]
    public void Of_what_a_fault_asks_for_that_is_named_which_the_kernel_does_not_permit(string asked, string lacking) =>
        Assert.Equal(lacking, string.Join(", ", Capabilities.Lacking(asked, Status)));

    [Fact]
    public void Who_has_none_lacks_all_in_the_order_in_which_they_are_asked_for() =>
        Assert.Equal(["CAP_FOWNER", "CAP_CHOWN"], Capabilities.Lacking("CAP_FOWNER, CAP_CHOWN", "CapEff:\t0000000000000000\n"));

    [Fact]
    public void What_cannot_be_read_lacks_nothing_that_is_known() => Assert.Empty(Capabilities.Lacking("CAP_KILL", "Name:\tcraterd\n"));
}
