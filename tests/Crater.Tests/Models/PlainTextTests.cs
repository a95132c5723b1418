using Crater.Models.Safety;
using Xunit;

namespace Crater.Tests.Models;

public sealed class PlainTextTests
{
    [Theory]
    [InlineData("Orders waits 2.5 s for payment (p95), and users can't pay.", "Orders waits 2.5 s for payment (p95), and users can't pay.")]
    [InlineData("p95 < 2 s → “slow” — bad", "p95 ‹ 2 s \"slow\" - bad")]
    [InlineData("see [this](https://evil.example) and https://evil.example now", "see (link left out) and (link left out) now")]
    [InlineData("**bold** `code` ${KEY} {{x}} <b>", "bold code KEY x ‹b›")]
    [InlineData("a\u001b[31mred\nline", "a 31mred line")]
    [InlineData("naïve 北京 données", "naïve 北京 données")]
    public void Of_a_models_words_the_words_are_left(string text, string expected) => Assert.Equal(expected, PlainText.Prose(text, 200));

    [Fact]
    public void What_is_too_long_is_cut_and_says_so() => Assert.Equal("aaaa…", PlainText.Prose(new string('a', 9), 5));

    [Theory]
    [InlineData("AKIAIOSFODNN7EXAMPLE")]
    [InlineData("sk-proj-0123456789abcdefghij")]
    [InlineData("ghp_0123456789abcdefghijABCDEFGHIJ")]
    [InlineData("xoxb-1234567890-abcdefghij")]
    [InlineData("AIzaSyA0123456789abcdefghijklmnopqrstuv")]
    [InlineData("eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOjF9.abcdef")]
    [InlineData("password=hunter2")]
    [InlineData("\"api_key\": \"abc123\"")]
    [InlineData("postgres://shop:hunter2@orders-db/shop")]
    [InlineData("Authorization: Bearer abcdefghijklmnop")]
    [InlineData("9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08")]
    [InlineData("dGhpcyBpcyBhIHNlY3JldCBrZXkgMTIzNDU2Nzg5MA")]
    public void What_looks_like_a_secret_is_taken_out(string secret)
    {
        var (text, found) = SecretScan.Redact($"before {secret} after");

        Assert.True(found > 0);
        Assert.Contains(SecretScan.Mark, text, StringComparison.Ordinal);
        Assert.StartsWith("before ", text, StringComparison.Ordinal);
        Assert.DoesNotContain("hunter2", text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("c01 deployment recommendation-warehouse-service-with-a-long-name-42 backend x2 0.5 -> c02 c03")]
    [InlineData("k02 NET-2 network-delay c04 for c03 | WK-TIMEOUT violated high | 2 | delay 200ms..20s (5s)")]
    [InlineData("A call without a timeout waits as long as the other side is slow.")]
    public void What_is_none_stays(string text) => Assert.Equal((text, 0), SecretScan.Redact(text));
}
