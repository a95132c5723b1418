namespace Crater.Agent.Faults.Http;

/// <summary>The heads of one direction: read all of them, and write those that go on, as they came or anew.</summary>
internal sealed class HeaderLane
{
    private readonly HpackReader _reader = new();
    private bool _isEmptied;

    /// <returns>Null: nobody can tell its meaning.</returns>
    public List<HeaderField>? Read(ReadOnlySpan<byte> block)
    {
        List<HeaderField> fields = [];
        return _reader.Read(block, fields) ? fields : null;
    }

    /// <summary>Writes a head anew. From the first one on, none may go that way as it came any more.</summary>
    public void Write(Outgoing to, int stream, List<HeaderField> fields, bool isEnd)
    {
        var block = new Outgoing();
        if (!_isEmptied)
        {
            _isEmptied = true;
            block.Write(HpackWriter.EmptyTable);
        }

        foreach (var field in fields)
        {
            HpackWriter.Write(field, block);
        }

        Http2Frame.WriteHeaders(to, stream, block.Bytes, isEnd);
        block.Clear();
    }
}
