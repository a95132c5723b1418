using Crater.Experiments;
using Xunit;

namespace Crater.Tests.Experiments;

public sealed class PythonPatternTests
{
    // Each pattern with a text in which Python's re.search finds it or does not.
    [Theory]
    [InlineData("(?P<a>x)(y)\\1", "xyx", true)]
    [InlineData("(a)(?P<n>b)\\2", "abb", true)]
    [InlineData("(?P<n>ab)-(?P=n)", "ab-ab", true)]
    [InlineData("(?P<n>ab)-(?P=n)1", "ab-ab1", true)]
    [InlineData("end\\Z", "end\n", false)]
    [InlineData("end$", "end\n", true)]
    [InlineData("\\Astart", "a start", false)]
    [InlineData("(?i)ok", "OK", true)]
    [InlineData("(?iu)ok", "OK", true)]
    [InlineData("(?a)ok", "ok", true)]
    [InlineData("x(?i:ok)", "xOK", true)]
    [InlineData("(?m)^b$", "a\nb\nc", true)]
    [InlineData("(?s)a.b", "a\nb", true)]
    [InlineData("a.b", "a\nb", false)]
    [InlineData("^a{,2}$", "aa", true)]
    [InlineData("^a{,2}$", "aaa", false)]
    [InlineData("[a-z-[aeiou]]", "e]", true)]
    [InlineData("[a-z-[aeiou]]", "e", false)]
    [InlineData("[]x]", "]", true)]
    [InlineData("[^]x]", "]", false)]
    [InlineData("[\\]x]", "]", true)]
    [InlineData("\\U0001F600", "😀", true)]
    [InlineData("(a)?(?(1)b|c)", "ab", true)]
    [InlineData("(?P<q>a)?(?(q)b|c)", "xc", true)]
    [InlineData("(?<=a)b(?!c)", "abd", true)]
    [InlineData("[0-9]{2}", "number 87", true)]
    [InlineData("a\\.b\\-c", "a.b-c", true)]
    public void A_pattern_finds_what_python_finds(string pattern, string text, bool expected) => Assert.Equal(expected, TimedRegex.Find(pattern, text));

    [Theory]
    [InlineData("[")]
    [InlineData("(")]
    [InlineData("a)")]
    [InlineData("*")]
    [InlineData("a\\")]
    [InlineData("\\p{L}")]
    [InlineData("\\z")]
    [InlineData("(?<n>a)")]
    [InlineData("(?P<1>a)")]
    [InlineData("(?P<n>a)(?P<n>b)")]
    [InlineData("(?P=n)")]
    [InlineData("a(?i)b")]
    [InlineData("(?n)a")]
    [InlineData("\\U00FFFFFF")]
    public void What_python_refuses_is_refused(string pattern) => Assert.NotNull(TimedRegex.Complaint(pattern));
}
