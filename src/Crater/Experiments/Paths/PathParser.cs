using System.Globalization;
using System.Text.Json.Nodes;

namespace Crater.Experiments.Paths;

/// <summary>Reads the text of a path: its segments and selectors; <see cref="FilterParser"/> reads what stands in a filter.</summary>
internal sealed class PathParser(string text)
{
    private const int DepthMax = 50;

    private int _at;
    private int _depth;

    public IReadOnlyList<PathSegment> Parse()
    {
        if (!Eat('$'))
        {
            throw Wrong("a path begins with $");
        }

        var segments = Segments();
        return _at == text.Length ? segments : throw Wrong($"'{text[_at]}' is not expected");
    }

    internal List<PathSegment> Segments()
    {
        List<PathSegment> segments = [];
        while (true)
        {
            var before = _at;
            Space();
            if (Peek() == '[')
            {
                segments.Add(new PathSegment(false, Bracket()));
            }
            else if (EatAll(".."))
            {
                segments.Add(new PathSegment(true, Peek() == '[' ? Bracket() : [NameOrWildcard()]));
            }
            else if (Eat('.'))
            {
                segments.Add(new PathSegment(false, [NameOrWildcard()]));
            }
            else
            {
                _at = before;
                return segments;
            }
        }
    }

    internal char Peek() => _at < text.Length ? text[_at] : '\0';

    internal bool Eat(char expected)
    {
        if (Peek() != expected || _at >= text.Length)
        {
            return false;
        }

        _at++;
        return true;
    }

    internal bool EatAll(string expected)
    {
        if (string.CompareOrdinal(text, _at, expected, 0, expected.Length) != 0)
        {
            return false;
        }

        _at += expected.Length;
        return true;
    }

    internal void Space()
    {
        while (char.IsWhiteSpace(Peek()))
        {
            _at++;
        }
    }

    internal FormatException Wrong(string what) => new($"{what} (at character {_at + 1} of {text}).");

    internal void Enter()
    {
        if (++_depth > DepthMax)
        {
            throw Wrong("the path nests too deeply");
        }
    }

    internal void Leave() => _depth--;

    internal string Quoted()
    {
        var quote = text[_at++];
        var characters = new System.Text.StringBuilder();
        while (_at < text.Length && text[_at] != quote)
        {
            characters.Append(text[_at] == '\\' ? Escaped() : text[_at++]);
        }

        return Eat(quote) ? characters.ToString() : throw Wrong("a quote is not closed");
    }

    internal string Digits()
    {
        var start = _at;
        while (char.IsAsciiDigit(Peek()) || Peek() is '-' or '+' or '.' or 'e' or 'E')
        {
            _at++;
        }

        return text[start.._at];
    }

    private char Escaped()
    {
        _at++;
        var letter = Peek();
        _at++;
        if (letter == 'u')
        {
            var digits = text.Substring(Math.Min(_at, text.Length), Math.Min(4, Math.Max(0, text.Length - _at)));
            _at += digits.Length;
            return ushort.TryParse(digits, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var code) ? (char)code : throw Wrong("\\u needs four hexadecimal digits");
        }

        return letter switch { 'n' => '\n', 't' => '\t', 'r' => '\r', 'b' => '\b', 'f' => '\f', '/' or '\\' or '\'' or '"' => letter, _ => throw Wrong("this escape is not known") };
    }

    private PathSelector NameOrWildcard()
    {
        if (Eat('*'))
        {
            return new WildcardSelector();
        }

        var start = _at;
        while (char.IsLetterOrDigit(Peek()) || Peek() is '_' or '-')
        {
            _at++;
        }

        return _at > start ? new NameSelector(text[start.._at]) : throw Wrong("a name, * or [ must follow");
    }

    private List<PathSelector> Bracket()
    {
        Enter();
        Eat('[');
        List<PathSelector> selectors = [];
        do
        {
            Space();
            selectors.Add(Selector());
            Space();
        }
        while (Eat(','));
        Leave();
        return Eat(']') ? selectors : throw Wrong("] is missing");
    }

    private PathSelector Selector()
    {
        switch (Peek())
        {
            case '*':
                _at++;
                return new WildcardSelector();
            case '\'' or '"':
                return new NameSelector(Quoted());
            case '?':
                _at++;
                return new FilterSelector(new FilterParser(this).Parse());
            default:
                return IndexOrSlice();
        }
    }

    private PathSelector IndexOrSlice()
    {
        var first = Whole();
        Space();
        if (Peek() != ':')
        {
            return first is { } index ? new IndexSelector(index) : throw Wrong("a name in quotes, an index, a slice, * or a filter must stand between brackets");
        }

        var parts = new int?[2];
        for (var i = 0; i < 2 && Eat(':'); i++)
        {
            Space();
            parts[i] = Whole();
            Space();
        }

        return new SliceSelector(first, parts[0], parts[1] ?? 1);
    }

    private int? Whole()
    {
        var start = _at;
        Eat('-');
        while (char.IsAsciiDigit(Peek()))
        {
            _at++;
        }

        if (_at == start)
        {
            return null;
        }

        return int.TryParse(text[start.._at], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var whole) ? whole : throw Wrong("this is no index");
    }
}
