using Crater.Diagnostics;
using Crater.Lab.Nodes;
using Xunit;

namespace Crater.Tests.Lab.Nodes;

public sealed class ImageMapTests
{
    [Theory]
    [InlineData("crater/shop", "crater/shop:carts", true)]
    [InlineData("crater/shop:carts", "crater/shop:carts", true)]
    [InlineData("crater/shop:carts", "crater/shop:orders", false)]
    [InlineData("crater/shop", "crater/shopping:1", false)]
    [InlineData("nginx", "docker.io/library/nginx:1.27", true)]
    [InlineData("nginx", "nginx@sha256:00", true)]
    public void An_image_is_found_with_or_without_its_tag(string name, string image, bool isFound) =>
        Assert.Equal(isFound, new ImageMap().Add(name, ["program"]).Find(image) is not null);

    [Fact]
    public void The_longest_name_wins() =>
        Assert.Equal(["one"], new ImageMap().Add("crater/shop", ["all"]).Add("crater/shop:carts", ["one"]).Find("crater/shop:carts")!.Command);

    [Fact]
    public void A_command_keeps_a_quoted_argument_whole() =>
        Assert.Equal(["run", "two words", ""], new ImageMap().Add("app=run \"two words\" \"\"").Find("app")!.Command);

    [Fact]
    public void Host_has_no_command_of_its_own() => Assert.Empty(new ImageMap().Add("tools=host").Find("tools:latest")!.Command);

    [Theory]
    [InlineData("nothing")]
    [InlineData("=program")]
    [InlineData("name=")]
    public void A_mapping_without_name_or_command_is_refused(string mapping) =>
        Assert.Equal("CRT6502", Assert.Throws<CraterException>(() => new ImageMap().Add(mapping)).Code);
}
