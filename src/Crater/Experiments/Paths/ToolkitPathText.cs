using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Crater.Experiments.Paths;

/// <summary>The text of a path of jsonpath2's language while it is read: words, numbers and JSON, with white space between any two of them.</summary>
internal sealed class ToolkitPathText(string text)
{
    private const int DepthMax = 50;
    private static readonly string[] Words = ["and", "or", "not", "contains", "true", "false", "null"];

    private int _at;
    private int _depth;

    // Any JSON: the reader of JSON says where it ends.
    public JsonNode? Literal()
    {
        Space();
        var bytes = Encoding.UTF8.GetBytes(text[_at..]);
        var reader = new Utf8JsonReader(bytes, isFinalBlock: true, new JsonReaderState(new JsonReaderOptions { MaxDepth = DepthMax, AllowMultipleValues = true }));
        try
        {
            if (Peek() is '{' or '[' or '"')
            {
                var node = JsonNode.Parse(ref reader);
                _at += Encoding.UTF8.GetCharCount(bytes.AsSpan(0, (int)reader.BytesConsumed));
                return node;
            }
        }
        catch (JsonException)
        {
            throw Wrong("this is no JSON");
        }

        foreach (var (word, value) in new (string, JsonNode?)[] { ("true", true), ("false", false), ("null", null) })
        {
            if (EatWord(word))
            {
                return value;
            }
        }

        var start = _at;
        while (_at < text.Length && (char.IsAsciiDigit(text[_at]) || text[_at] is '-' or '+' or '.' or 'e' or 'E'))
        {
            _at++;
        }

        return double.TryParse(text.AsSpan(start, _at - start), NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && double.IsFinite(number)
            ? JsonValue.Create(number)
            : throw Wrong("a value, @ or $ must follow");
    }

    /// <summary>What stands between two quotes, escapes and all.</summary>
    public string Quoted()
    {
        var start = ++_at;
        while (_at < text.Length && text[_at] != '"')
        {
            _at += text[_at] == '\\' ? 2 : 1;
        }

        return _at < text.Length ? text[start.._at++] : throw Wrong("a quote is not closed");
    }

    public string Word()
    {
        Space();
        var start = _at;
        while (_at < text.Length && (char.IsAsciiLetter(text[_at]) || text[_at] == '_' || (_at > start && char.IsAsciiDigit(text[_at]))))
        {
            _at++;
        }

        var word = text[start.._at];
        return Words.Contains(word) ? throw Wrong($"{word} is a word of the language and no name") : word;
    }

    public int? Whole()
    {
        Space();
        var start = _at;
        _at += _at < text.Length && text[_at] == '-' ? 1 : 0;
        while (_at < text.Length && char.IsAsciiDigit(text[_at]))
        {
            _at++;
        }

        return _at == start ? null
            : int.TryParse(text.AsSpan(start, _at - start), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var whole) ? whole : throw Wrong("this is no index");
    }

    public char Peek()
    {
        Space();
        return _at < text.Length ? text[_at] : '\0';
    }

    public bool Eat(string expected)
    {
        Space();
        if (string.CompareOrdinal(text, _at, expected, 0, expected.Length) != 0)
        {
            return false;
        }

        _at += expected.Length;
        return true;
    }

    public bool EatWord(string word)
    {
        Space();
        var end = _at + word.Length;
        return (end >= text.Length || !(char.IsAsciiLetterOrDigit(text[end]) || text[end] == '_')) && Eat(word);
    }

    public void Expect(char letter)
    {
        if (!Eat(letter.ToString()))
        {
            throw Wrong(letter == '$' ? "a path begins with $" : $"{letter} is missing");
        }
    }

    private void Space()
    {
        while (_at < text.Length && text[_at] is ' ' or '\t' or '\n' or '\r')
        {
            _at++;
        }
    }

    public void Enter()
    {
        if (++_depth > DepthMax)
        {
            throw Wrong("the path nests too deeply");
        }
    }

    public void Leave() => _depth--;

    public FormatException Wrong(string what) => new($"{what} (at character {_at + 1} of {text}).");
}
