using Crater.Measurements;
using Xunit;

namespace Crater.Tests.Measurements;

public sealed class PrometheusTextTests
{
    [Fact]
    public void A_page_is_read_as_the_format_says()
    {
        var samples = PrometheusText.Parse("""
            # HELP http_requests_total The total.
            # TYPE http_requests_total counter
            http_requests_total{method="post",code="200"} 1027 1395066363000
            plain 12.47
            weird{path="C:\\DIR\\FILE.TXT",error="Cannot \"find\"\nit, }"} 1.458e+09
            inf{le="+Inf"} +Inf
            nan NaN
            spaced { a="b" , c="d", } 3 # {trace_id="x"} 1
            """);
        Assert.Equal(6, samples.Count);
        Assert.Equal("200", samples[0].Labels["code"]);
        Assert.Equal(1027, samples[0].Value);
        Assert.Equal("C:\\DIR\\FILE.TXT", samples[2].Labels["path"]);
        Assert.Equal("Cannot \"find\"\nit, }", samples[2].Labels["error"]);
        Assert.Equal(double.PositiveInfinity, samples[3].Value);
        Assert.True(double.IsNaN(samples[4].Value));
    }

    [Theory]
    [InlineData("broken{a=\"b 1")]
    [InlineData("broken{a=b} 1")]
    [InlineData("novalue")]
    [InlineData("text abc")]
    [InlineData("{a=\"b\"} 1")]
    public void A_broken_line_is_left_out(string line) => Assert.Equal(["good"], PrometheusText.Parse(line + "\ngood 1\n").Select(sample => sample.Name));

    [Fact]
    public void Any_text_is_read_without_an_exception()
    {
        var dice = new Random(3);
        for (var round = 0; round < 2_000; round++)
        {
            PrometheusText.Parse(string.Concat(Enumerable.Range(0, dice.Next(60)).Select(_ => "a{}\"\\=, 1\n#\t\u00e9"[dice.Next(13)])));
        }
    }

    [Fact]
    public void A_quantile_lies_within_its_bucket()
    {
        var counters = HttpCounters.From(PrometheusText.Parse("""
            request_duration_seconds_bucket{le="0.1"} 50
            request_duration_seconds_bucket{le="0.2"} 100
            request_duration_seconds_bucket{le="+Inf"} 100
            request_duration_seconds_count{status_code="200"} 90
            request_duration_seconds_count{status_code="500"} 10
            """))!;
        Assert.Equal(0.15, counters.Quantile(0.75)!.Value, tolerance: 1e-9);
        Assert.Equal(10, counters.Errors);
        Assert.Equal(100, counters.Requests);
    }

    [Fact]
    public void A_page_that_counts_no_requests_says_nothing() => Assert.Null(HttpCounters.From(PrometheusText.Parse("up 1\n")));
}
