using Crater.Reports;
using Xunit;

namespace Crater.Tests.Reports;

public sealed class FigureBookTests
{
    [Fact]
    public void Of_an_HTTP_answer_a_reader_sees_the_status_not_the_page() => Assert.Equal(
        "HTTP status 502", new FigureBook().Shortened("""{"status":502,"headers":{"Content-Type":"text/html"},"body":"<!doctype html><html>"}"""));

    [Fact]
    public void A_long_decimal_is_shortened() => Assert.Equal("saw 0.2", new FigureBook().Shortened("saw 0.20202020202020202"));

    [Fact]
    public void Other_texts_stay_as_they_are() => Assert.Equal("""{"status":"ok"}""", new FigureBook().Shortened("""{"status":"ok"}"""));
}
