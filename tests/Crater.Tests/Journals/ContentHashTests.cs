using System.Security.Cryptography;
using Crater.Journals;
using Xunit;

namespace Crater.Tests.Journals;

public sealed class ContentHashTests
{
    [Fact]
    public void A_hash_is_sha_256_whatever_the_length()
    {
        var random = new Random(1);
        foreach (var length in Enumerable.Range(0, 260).Concat([10_000, 32_767, 32_768, 32_769, 32_832, 65_535, 65_536, 100_001]))
        {
            var content = new byte[length];
            random.NextBytes(content);
            Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(content)), ContentHash.Of(content));
        }
    }

    [Fact]
    public void A_large_content_has_the_same_kind_of_hash() =>
        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(new byte[5_000_000])), ContentHash.Of(new byte[5_000_000]));
}
