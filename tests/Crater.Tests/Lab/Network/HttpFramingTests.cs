using System.Text;
using Crater.Lab.Network;
using Xunit;

namespace Crater.Tests.Lab.Network;

public sealed class HttpFramingTests
{
    private const string Chunked = "5\r\nhello\r\n3;note=x\r\nabc\r\n0\r\nTrailer: y\r\n\r\n";

    [Fact]
    public void Two_requests_behind_each_other_are_two_heads()
    {
        var parts = Parts("GET /a HTTP/1.1\r\nHost: x\r\n\r\nPOST /b HTTP/1.1\r\nContent-Length: 3\r\n\r\nabcGET /c HTTP/1.1\r\n\r\n", 4096);
        Assert.Equal([FramePart.Head, FramePart.Head, FramePart.BodyEnd, FramePart.Head], parts);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(7)]
    [InlineData(4096)]
    public void A_chunked_body_ends_after_its_trailer_however_it_is_cut(int pieces)
    {
        var parts = Parts($"POST /a HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n{Chunked}GET /b HTTP/1.1\r\n\r\n", pieces);
        Assert.Equal(2, parts.Count(part => part == FramePart.Head));
        Assert.Equal(1, parts.Count(part => part == FramePart.BodyEnd));
    }

    [Theory]
    [InlineData("GET key\r\n")]
    [InlineData("*1\r\n$4\r\nPING\r\n")]
    [InlineData("\u0016\u0003\u0001")]
    public void Whatever_is_not_http_passes_untouched(string bytes) => Assert.Equal([FramePart.Tunnel], Parts(bytes, 4096));

    [Theory]
    [InlineData("N")]
    [InlineData("S")]
    [InlineData("OK")]
    public void A_servers_short_word_passes_at_once_though_it_could_be_a_method(string bytes) =>
        Assert.Equal(FramePart.Tunnel, new HttpFraming(isAnswers: true).Next(Encoding.ASCII.GetBytes(bytes), isFull: false, out _));

    [Fact]
    public void An_answer_of_which_only_the_first_letters_have_come_waits_for_more() =>
        Assert.Equal(FramePart.Incomplete, new HttpFraming(isAnswers: true).Next("HTT"u8, isFull: false, out _));

    [Fact]
    public void An_unfinished_head_waits_for_more() =>
        Assert.Equal(FramePart.Incomplete, new HttpFraming().Next("GET /a HTTP/1.1\r\nHost"u8, isFull: false, out _));

    [Fact]
    public void A_head_that_never_fits_becomes_a_tunnel() =>
        Assert.Equal(FramePart.Tunnel, new HttpFraming().Next("GET /a HTTP/1.1\r\nHost"u8, isFull: true, out _));

    [Theory]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n", "GET", nameof(BodyForm.Length))]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n", "HEAD", nameof(BodyForm.None))]
    [InlineData("HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n", "GET", nameof(BodyForm.None))]
    [InlineData("HTTP/1.1 200 OK\r\n\r\n", "GET", nameof(BodyForm.UntilClose))]
    [InlineData("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n", "GET", nameof(BodyForm.Tunnel))]
    [InlineData("HTTP/1.1 200 OK\r\ntransfer-encoding: gzip, chunked\r\n\r\n", "GET", nameof(BodyForm.Chunked))]
    public void The_head_of_an_answer_says_how_its_body_ends(string head, string method, string body) =>
        Assert.Equal(body, HttpHead.Answer(Encoding.ASCII.GetBytes(head), method)!.Value.Body.ToString());

    private static List<FramePart> Parts(string text, int pieces)
    {
        var framing = new HttpFraming();
        List<FramePart> parts = [];
        List<byte> waiting = [];
        foreach (var piece in Encoding.Latin1.GetBytes(text).Chunk(pieces))
        {
            waiting.AddRange(piece);
            while (waiting.Count > 0)
            {
                var bytes = waiting.ToArray();
                var part = framing.Next(bytes, isFull: false, out var length);
                if (part == FramePart.Incomplete)
                {
                    break;
                }

                if (part == FramePart.Head && HttpHead.Request(bytes.AsSpan(0, length)) is { } head)
                {
                    framing.Begin(head.Body, head.Length);
                }

                parts.Add(part);
                waiting.RemoveRange(0, length);
            }
        }

        return parts;
    }
}
