using System.Text;
using System.Text.Json;
using Crater.Diagnostics;

namespace Crater.Documents;

/// <summary>Builds the tree of a JSON text.</summary>
internal sealed class JsonTree(string text, ReadLimits limits, List<Problem> problems)
{
    private readonly byte[] _bytes = Encoding.UTF8.GetBytes(text);
    private int _seenBytes;
    private int _seenLine = 1;
    private int _seenColumn = 1;

    public DocumentNode Read()
    {
        var reader = new Utf8JsonReader(_bytes, new JsonReaderOptions { MaxDepth = limits.DepthMax, CommentHandling = JsonCommentHandling.Disallow });
        try
        {
            reader.Read();
            var root = Node(ref reader);
            reader.Read();
            return root;
        }
        catch (JsonException error)
        {
            throw new UnreadableException(Syntax(error));
        }
        catch (InvalidOperationException)
        {
            // The reader's answer to half of a surrogate pair in an escape.
            var (line, column) = Place((int)reader.TokenStartIndex);
            throw new UnreadableException(new Problem("", "CRT1102", "This text has an escape that is no character (half of a surrogate pair).", line, column));
        }
    }

    private Problem Syntax(JsonException error)
    {
        var (line, column) = ((int)(error.LineNumber ?? 0) + 1, (int)(error.BytePositionInLine ?? 0) + 1);
        if (string.IsNullOrWhiteSpace(text))
        {
            return new Problem("", "CRT1005", "The document is empty.", 1, 1);
        }

        if (error.Message.Contains("maximum", StringComparison.Ordinal))
        {
            return new Problem("", "CRT1107", $"Maps and lists nest deeper than {limits.DepthMax}.", line, column);
        }

        var isCut = _bytes.AsSpan().Count((byte)'\n') + 1 <= line && Offset(line, column) >= _bytes.AsSpan().TrimEnd(" \t\r\n"u8).Length;
        var detail = error.Message.Split(" LineNumber:")[0].TrimEnd('.', ' ');
        return isCut
            ? new Problem("", "CRT1110", $"The JSON ends too early ({detail}): is the file cut off or half-written?", line, column)
            : new Problem("", "CRT1102", $"This is not JSON: {detail}.", line, column);
    }

    private DocumentNode Node(ref Utf8JsonReader reader)
    {
        var (line, column) = Place((int)reader.TokenStartIndex);
        return reader.TokenType switch
        {
            JsonTokenType.StartObject => Map(ref reader, line, column),
            JsonTokenType.StartArray => List(ref reader, line, column),
            JsonTokenType.String => ScalarNode.OfText(reader.GetString()!, line, column),
            JsonTokenType.Number => ScalarNode.OfNumber(Encoding.UTF8.GetString(reader.ValueSpan), line, column),
            JsonTokenType.True => ScalarNode.Read("true", isPlain: true, line, column),
            JsonTokenType.False => ScalarNode.Read("false", isPlain: true, line, column),
            _ => ScalarNode.Read("null", isPlain: true, line, column),
        };
    }

    private MapNode Map(ref Utf8JsonReader reader, int line, int column)
    {
        var entries = new MapBuilder(limits.DuplicateKeys, problems);
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var key = reader.GetString()!;
            var (keyLine, keyColumn) = Place((int)reader.TokenStartIndex);
            reader.Read();
            entries.Add(new MapEntry(key, Node(ref reader), keyLine, keyColumn));
        }

        return entries.Build(line, column);
    }

    private ListNode List(ref Utf8JsonReader reader, int line, int column)
    {
        List<DocumentNode> items = [];
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            items.Add(Node(ref reader));
        }

        return new ListNode(items, line, column);
    }

    // Tokens come in order, so that each byte is looked at once, also where all of a document stands in one line. Columns count characters: the bytes
    // that only go on with one count nothing, and one of four bytes counts twice, as it does in a text.
    private (int Line, int Column) Place(int offset)
    {
        for (; _seenBytes < offset; _seenBytes++)
        {
            var letter = _bytes[_seenBytes];
            if (letter == '\n')
            {
                _seenLine++;
                _seenColumn = 1;
            }
            else
            {
                _seenColumn += letter >= 0xF0 ? 2 : (letter & 0xC0) == 0x80 ? 0 : 1;
            }
        }

        return (_seenLine, _seenColumn);
    }

    private int Offset(int line, int column)
    {
        var start = 0;
        for (var i = 1; i < line; i++)
        {
            start += _bytes.AsSpan(start).IndexOf((byte)'\n') + 1;
        }

        return start + column - 1;
    }
}
