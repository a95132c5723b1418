using System.Text;
using Crater.Agent.Faults.Http;
using Xunit;

namespace Crater.Tests.Agent;

/// <summary>Heads of HTTP/2 as they are packed: the examples of RFC 7541, appendix C, and what must be refused.</summary>
public sealed class HpackTests
{
    private const string Request1 = ":method: GET|:scheme: http|:path: /|:authority: www.example.com";
    private const string Request2 = Request1 + "|cache-control: no-cache";
    private const string Request3 = ":method: GET|:scheme: https|:path: /index.html|:authority: www.example.com|custom-key: custom-value";
    private const string Date = "date: Mon, 21 Oct 2013 20:13:21 GMT";
    private const string Answer1 = ":status: 302|cache-control: private|" + Date + "|location: https://www.example.com";
    private const string Answer2 = ":status: 307|cache-control: private|" + Date + "|location: https://www.example.com";
    private const string Answer3 = ":status: 200|cache-control: private|date: Mon, 21 Oct 2013 20:13:22 GMT|location: https://www.example.com|content-encoding: gzip|"
        + "set-cookie: foo=ASDJKHQKBZXOQWEOPIUAXQWEOIU; max-age=3600; version=1";

    [Theory]
    [InlineData("400a637573746f6d2d6b65790d637573746f6d2d686561646572", "custom-key: custom-header", 55)]
    [InlineData("040c2f73616d706c652f70617468", ":path: /sample/path", 0)]
    [InlineData("100870617373776f726406736563726574", "password: secret", 0)]
    [InlineData("82", ":method: GET", 0)]
    public void Every_form_of_a_field_is_read(string block, string fields, int size)
    {
        var reader = new HpackReader();
        Assert.Equal((fields, size), (Read(reader, block), reader.TableSize));
    }

    [Theory]
    [InlineData("828684410f7777772e6578616d706c652e636f6d", "828684be58086e6f2d6361636865", "828785bf400a637573746f6d2d6b65790c637573746f6d2d76616c7565")]
    [InlineData("828684418cf1e3c2e5f23a6ba0ab90f4ff", "828684be5886a8eb10649cbf", "828785bf408825a849e95ba97d7f8925a849e95bb8e8b4bf")]
    public void Requests_of_the_standard_are_read_packed_or_not(string first, string second, string third)
    {
        var reader = new HpackReader();
        Assert.Equal((Request1, 57), (Read(reader, first), reader.TableSize));
        Assert.Equal((Request2, 110), (Read(reader, second), reader.TableSize));
        Assert.Equal((Request3, 164), (Read(reader, third), reader.TableSize));
    }

    [Theory]
    [InlineData("4803333032580770726976617465611d4d6f6e2c203231204f637420323031332032303a31333a323120474d546e1768747470733a2f2f7777772e6578616d706c652e636f6d", "4803333037c1c0bf",
        "88c1611d4d6f6e2c203231204f637420323031332032303a31333a323220474d54c05a04677a69707738666f6f3d4153444a4b48514b425a584f5157454f50495541585157454f49553b206d61782d6167653d333630303b2076657273696f6e3d31")]
    [InlineData("488264025885aec3771a4b6196d07abe941054d444a8200595040b8166e082a62d1bff6e919d29ad171863c78f0b97c8e9ae82ae43d3", "4883640effc1c0bf",
        "88c16196d07abe941054d444a8200595040b8166e084a62d1bffc05a839bd9ab77ad94e7821dd7f2e6c7b335dfdfcd5b3960d5af27087f3672c1ab270fb5291f9587316065c003ed4ee5b1063d5007")]
    public void Answers_of_the_standard_push_the_oldest_out_of_a_table_of_256(string first, string second, string third)
    {
        var reader = new HpackReader();
        Assert.Equal((Answer1, 222), (Read(reader, "3fe101" + first), reader.TableSize));
        Assert.Equal((Answer2, 222), (Read(reader, second), reader.TableSize));
        Assert.Equal((Answer3, 215), (Read(reader, third), reader.TableSize));
    }

    [Theory]
    [InlineData("80")]                          // number 0
    [InlineData("be")]                          // not there yet
    [InlineData("8220")]                        // a size behind a field
    [InlineData("3fe1ffffff7f")]                // a number without an end
    [InlineData("3fe1ff07")]                    // 131,072: larger than is followed
    [InlineData("400a6375")]                    // cut off
    [InlineData("4083ffffff0161")]              // the end's code in a text
    [InlineData("4082f8ff0161")]                // filled up with a whole byte
    [InlineData("4081a80161")]                  // filled up with zeros
    public void What_is_not_as_the_standard_says_is_refused(string block) => Assert.False(new HpackReader().Read(Convert.FromHexString(block), []));

    [Fact]
    public void A_small_block_cannot_stand_for_endless_fields()
    {
        byte[] large = [0x40, 0x01, (byte)'a', 0x7f, 0x81, 0x17, .. Enumerable.Repeat((byte)'x', 3072)];
        var reader = new HpackReader();
        Assert.True(reader.Read(large, []));
        Assert.False(reader.Read(Enumerable.Repeat((byte)0xbe, 1000).ToArray(), []));
    }

    /// <summary>Goal: what is written anew means what was read, and is never put into a table. Method: random fields, some of which everybody's table has.</summary>
    [Fact]
    public void What_is_written_anew_means_the_same_and_fills_no_table()
    {
        var dice = new Random(9_113);
        var (writer, reader) = (new HeaderLane(), new HpackReader());
        for (var round = 0; round < 500; round++)
        {
            var fields = Enumerable.Range(0, dice.Next(1, 20)).Select(_ => Scribe.Field(dice)).ToList();
            var to = new Outgoing();
            writer.Write(to, 1, fields, isEnd: false);
            List<HeaderField> read = [];
            var frames = new Http2Reader();
            Assert.Equal(HeadKind.Clear, frames.Read(to.Bytes, out var unit));
            Assert.Equal(to.Count, unit.Count);
            Assert.True(reader.Read(unit.Block, read));

            Assert.Equal(fields.Select(Scribe.Text), read.Select(Scribe.Text));
            Assert.Equal(0, reader.TableSize);
            Assert.Equal(round == 0, unit.Block[0] == HpackWriter.EmptyTable);
        }
    }

    private static string Read(HpackReader reader, string block)
    {
        List<HeaderField> fields = [];
        Assert.True(reader.Read(Convert.FromHexString(block), fields));
        return string.Join('|', fields.Select(field => $"{Encoding.ASCII.GetString(field.Name)}: {Encoding.ASCII.GetString(field.Value)}"));
    }
}
