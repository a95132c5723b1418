using System.Text;
using Crater.Agent.Faults.Http;
using Xunit;

namespace Crater.Tests.Agent;

/// <summary>What the proxy of HTTP faults takes for a request, and that it never changes what it passes on.</summary>
public sealed class Http1Tests
{
    [Theory]
    [InlineData("GET /a HTTP/1.1\nHost: x\n\n")]
    [InlineData("GET /a HTTP/2.0\r\n\r\n")]
    [InlineData("GET  HTTP/1.1\r\n\r\n")]
    [InlineData("G{T /a HTTP/1.1\r\n\r\n")]
    [InlineData("POST /a HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\n")]
    [InlineData("POST /a HTTP/1.1\r\nContent-Length: +1\r\n\r\n")]
    [InlineData("POST /a HTTP/1.1\r\nContent-Length: 1,1\r\n\r\n")]
    [InlineData("POST /a HTTP/1.1\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n")]
    [InlineData("POST /a HTTP/1.1\r\nTransfer-Encoding: gzip, chunked\r\n\r\n")]
    [InlineData("POST /a HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n")]
    [InlineData("GET /a HTTP/1.1\r\nX : y\r\n\r\n")]
    [InlineData("GET /a HTTP/1.1\r\nX: y\r\n folded\r\n\r\n")]
    [InlineData("GET /a HTTP/1.1\r\nX: y\rz\r\n\r\n")]
    [InlineData("\u0016\u0003\u0001")]
    public void Heads_that_two_readers_might_take_differently_are_unclear(string text) => Assert.Equal(HeadKind.Unclear, Read(text));

    [Theory]
    [InlineData("GE")]
    [InlineData("GET /a HTTP/1.1\r\nHost: x\r\n")]
    public void A_head_that_is_not_whole_is_waited_for(string text) => Assert.Equal(HeadKind.Incomplete, Read(text));

    [Theory]
    [InlineData("5\r\nhello\r\n0\r\n\r\n", 15)]
    [InlineData("A;x=\"y\"\r\n0123456789\r\n0\r\nT: v\r\n\r\nGET", 32)]
    [InlineData("5\nhello\r\n", -1)]
    [InlineData("\r\n", -1)]
    [InlineData("5\r\nhelloX\r\n", -1)]
    [InlineData("fffffffffffff\r\n", -1)]
    public void A_chunked_body_ends_where_it_ends(string text, int length)
    {
        var whole = Http1Body.OfChunks();
        Assert.Equal(length, whole.Take(Encoding.Latin1.GetBytes(text)));
        if (length > 0)
        {
            var byByte = Http1Body.OfChunks();
            Assert.Equal(length, text.TakeWhile(letter => byByte.IsOpen && byByte.Take([(byte)letter]) == 1).Count());
        }
    }

    [Theory]
    [InlineData("GET /never HTTP/1.1\r\n\r\nPOST / HTTP/1.1\r\nContent-Length: 3\r\n\r\nabcGET /x HTTP/1.1\r\nA: b\r\n\r\n")]
    [InlineData("POST /smuggled HTTP/1.1\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /hit HTTP/1.1\r\n\r\n")]
    [InlineData("POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n1\nx\r\nGET /hit HTTP/1.1\r\n\r\n")]
    [InlineData("anything at all\r\nGET /hit HTTP/1.1\r\n\r\n")]
    public void What_is_not_hit_passes_byte_by_byte_however_it_is_cut(string text)
    {
        for (var size = 1; size <= text.Length; size++)
        {
            var wire = new Wire(Rule(HttpAct.Answer, "/hit"));
            wire.FromClient(text, size);
            Assert.Equal((text, ""), (wire.Server, wire.Client));
        }
    }

    [Fact]
    public void A_request_that_is_answered_here_waits_for_the_answers_before_it()
    {
        var wire = new Wire(Rule(HttpAct.Answer, "/hit"));
        wire.FromClient("GET /a HTTP/1.1\r\n\r\nPOST /hit HTTP/1.1\r\nContent-Length: 19\r\n\r\nGET /b HTTP/1.1\r\n\r\nGET /c HTTP/1.1\r\n\r\n", 1000);
        Assert.Equal(("GET /a HTTP/1.1\r\n\r\n", ""), (wire.Server, wire.Client));

        const string First = "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n1";
        wire.FromServer(First);
        Assert.StartsWith(First + "HTTP/1.1 503 Service Unavailable\r\n", wire.Client, StringComparison.Ordinal);
        Assert.Equal("GET /a HTTP/1.1\r\n\r\nGET /c HTTP/1.1\r\n\r\n", wire.Server);
    }

    [Theory]
    [InlineData("/a*", "/a/b?c=*", true)]
    [InlineData("/a*", "http://host/a/b", true)]
    [InlineData("/a", "/a?b", true)]
    [InlineData("/a?b=*", "/a?b=1", true)]
    [InlineData("*/end", "/x/y/end", true)]
    [InlineData("/a", "/ab", false)]
    [InlineData("/a?b=*", "/a?c=1", false)]
    [InlineData("/*/c", "/a/b", false)]
    public void A_path_is_compared_without_its_query_unless_the_query_is_asked_for(string path, string target, bool isHit) =>
        Assert.Equal(isHit, Rule(HttpAct.Answer, path).Matches("GET"u8, Encoding.ASCII.GetBytes(target)));

    private static HeadKind Read(string text) => Http1Head.Read(Encoding.Latin1.GetBytes(text), isRequest: true, out _);

    private static HttpRule Rule(HttpAct act, string path) => new(act, [], new Pattern(path), null, 100, TimeSpan.Zero, TimeSpan.Zero, 503, [], [], Seed: 1);

    /// <summary>A conversation with texts in place of sockets.</summary>
    private sealed class Wire : IWire
    {
        private readonly StringBuilder _client = new();
        private readonly StringBuilder _server = new();
        private Conversation _talk;
        private string _left = "";

        public Wire(HttpRule rule) => _talk = new Opening(this, rule);

        public string Client => _client.ToString();

        public string Server => _server.ToString();

        public long Now => 0;

        /// <param name="size">In pieces of so many bytes.</param>
        public void FromClient(string text, int size)
        {
            for (var at = 0; at < text.Length; at += size)
            {
                _left += text[at..Math.Min(text.Length, at + size)];
                Settle();
            }
        }

        public void FromServer(string text)
        {
            Assert.Equal(text.Length, _talk.FromServer(Encoding.Latin1.GetBytes(text)));
            Settle();
        }

        public void ToClient(ReadOnlySpan<byte> bytes) => _client.Append(Encoding.Latin1.GetString(bytes));

        public void ToServer(ReadOnlySpan<byte> bytes) => _server.Append(Encoding.Latin1.GetString(bytes));

        public void WakeAt(long timestamp)
        {
        }

        public void Cut() => _client.Append("CUT");

        public void EndClient() => _client.Append("END");

        private void Settle()
        {
            _left = _left[_talk.FromClient(Encoding.Latin1.GetBytes(_left))..];
            while (_talk.Next is { } next)
            {
                _talk = next;
                _left = _left[_talk.FromClient(Encoding.Latin1.GetBytes(_left))..];
            }
        }
    }
}
