using Crater.Agent.Faults.Network;
using Xunit;

namespace Crater.Tests.Agent;

public sealed class AddressRangeTests
{
    [Theory]
    [InlineData("10.1.2.3", "0A010203", "FFFFFFFF")]
    [InlineData("10.1.2.3/8", "0A000000", "FF000000")]
    [InlineData("10.1.2.255/25", "0A010280", "FFFFFF80")]
    [InlineData("10.1.2.3/0", "00000000", "00000000")]
    [InlineData("fd00::1/12", "FD000000000000000000000000000000", "FFF00000000000000000000000000000")]
    public void A_range_is_its_first_address_and_the_bits_that_count(string text, string first, string mask)
    {
        var range = Assert.Single(AddressRange.ParseAll(text)!);

        Assert.Equal(first, Convert.ToHexString(range.First));
        Assert.Equal(mask, Convert.ToHexString(range.Mask));
    }

    [Theory]
    [InlineData("10.0.0.0/33")]
    [InlineData("::1/129")]
    [InlineData("10.0.0.0/-1")]
    [InlineData("10.0.0.0/8/8")]
    [InlineData("example.com")]
    [InlineData("fe80::1%lo")]
    public void Another_text_is_no_range(string text) => Assert.Null(AddressRange.ParseAll(text));

    [Fact]
    public void A_list_keeps_its_order_and_no_text_is_no_range() =>
        Assert.Equal([[1, 1, 1, 1], [2, 2, 2, 2]], AddressRange.ParseAll("1.1.1.1, 2.2.2.2")!.Select(range => range.First).Concat(AddressRange.ParseAll("")!.Select(range => range.First)));
}
