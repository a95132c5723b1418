using System.Globalization;
using System.Text;

namespace Crater.Experiments;

/// <summary>
/// A regular expression in Python's syntax, written in .NET's. Groups lose their names, since .NET would number named ones behind all others; only whether
/// the pattern is found matters here.
/// </summary>
internal sealed class PythonPattern
{
    // Letters that mean something behind a backslash in Python; any other one is refused there.
    private const string Escapes = "AbBdDsSwWZafnrtvxuU0123456789";

    private readonly string _pattern;
    private readonly StringBuilder _text = new();
    private readonly Dictionary<string, int> _groups = new(StringComparer.Ordinal);
    private int _at;
    private int _count;

    private PythonPattern(string pattern) => _pattern = pattern;

    /// <exception cref="ArgumentException">Python would refuse the pattern.</exception>
    public static string Translate(string pattern) => new PythonPattern(pattern).Read();

    private string Read()
    {
        while (_at < _pattern.Length)
        {
            switch (_pattern[_at])
            {
                case '\\':
                    Escape(isInClass: false);
                    break;
                case '[':
                    Class();
                    break;
                case '(':
                    Group();
                    break;
                case '{' when IsUpTo():
                    _text.Append("{0");
                    _at++;
                    break;
                default:
                    _text.Append(_pattern[_at++]);
                    break;
            }
        }

        return _text.ToString();
    }

    private char Peek(int ahead = 0) => _at + ahead < _pattern.Length ? _pattern[_at + ahead] : '\0';

    private void Escape(bool isInClass)
    {
        var letter = Peek(1);
        if (char.IsAsciiLetterOrDigit(letter) && !Escapes.Contains(letter))
        {
            throw Wrong($@"\{letter} is no escape in Python");
        }

        switch (letter)
        {
            case '\0':
                throw Wrong("a backslash stands at the end");
            case 'Z' when !isInClass:
                _text.Append(@"\z");
                break;
            case 'U':
                LongEscape();
                return;
            default:
                _text.Append('\\').Append(letter);
                break;
        }

        _at += 2;
    }

    private void LongEscape()
    {
        if (_at + 10 > _pattern.Length || !int.TryParse(_pattern.AsSpan(_at + 2, 8), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var code) || !Rune.IsValid(code))
        {
            throw Wrong(@"\U needs eight hexadecimal digits of a character");
        }

        _text.Append(System.Text.RegularExpressions.Regex.Escape(new Rune(code).ToString()));
        _at += 10;
    }

    // A bracket within a class is a bracket; .NET would take a class of its own out of the class.
    private void Class()
    {
        var start = _at;
        _text.Append(_pattern[_at++]);
        if (Peek() == '^')
        {
            _text.Append(_pattern[_at++]);
        }

        for (var isFirst = true; Peek() != ']' || isFirst; isFirst = false)
        {
            if (_at >= _pattern.Length)
            {
                _at = start;
                throw Wrong("[ is not closed");
            }

            if (Peek() == '\\')
            {
                Escape(isInClass: true);
            }
            else
            {
                _text.Append(Peek() is '[' or ']' ? "\\" : "").Append(_pattern[_at++]);
            }
        }

        _text.Append(_pattern[_at++]);
    }

    private void Group()
    {
        if (Peek(1) != '?')
        {
            _count++;
            _text.Append(_pattern[_at++]);
        }
        else if (Peek(2) == 'P')
        {
            NamedGroup();
        }
        else if (Peek(2) == '(')
        {
            Conditional();
        }
        else if (Peek(2) is '\'' || (Peek(2) == '<' && Peek(3) is not ('=' or '!')))
        {
            throw Wrong("groups are named (?P<name>…) in Python");
        }
        else
        {
            Flags();
        }
    }

    private void NamedGroup()
    {
        var isReference = Peek(3) == '=';
        if (!isReference && Peek(3) != '<')
        {
            throw Wrong("(?P must be followed by < or =");
        }

        var end = _pattern.IndexOf(isReference ? ')' : '>', _at + 4);
        var name = end < 0 ? throw Wrong("the name of a group is not closed") : _pattern[(_at + 4)..end];
        if (isReference)
        {
            _text.Append(CultureInfo.InvariantCulture, $"(?:\\{Known(name)})");
        }
        else
        {
            if (name.Length == 0 || char.IsAsciiDigit(name[0]) || !name.All(letter => char.IsLetterOrDigit(letter) || letter == '_') || !_groups.TryAdd(name, ++_count))
            {
                throw Wrong($"'{name}' is no name for a group, or stands there twice");
            }

            _text.Append('(');
        }

        _at = end + 1;
    }

    private void Conditional()
    {
        var end = _pattern.IndexOf(')', _at);
        var name = end < 0 ? throw Wrong("(?( is not closed") : _pattern[(_at + 3)..end];
        _text.Append(CultureInfo.InvariantCulture, $"(?({(int.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : Known(name))})");
        _at = end + 1;
    }

    // The flags a, L and u choose alphabets; .NET has that of u alone.
    private void Flags()
    {
        var end = _at + 2;
        while (end < _pattern.Length && (char.IsAsciiLetter(_pattern[end]) || _pattern[end] == '-'))
        {
            end++;
        }

        var flags = _pattern[(_at + 2)..end];
        if (flags.Length == 0 || end >= _pattern.Length || _pattern[end] is not (')' or ':'))
        {
            _text.Append("(?");
            _at += 2;
            return;
        }

        if (flags.Any(flag => !"aiLmsux-".Contains(flag)))
        {
            throw Wrong($"(?{flags} has a flag that Python does not know");
        }

        if (_pattern[end] == ')' && _at > 0)
        {
            throw Wrong("flags for the whole pattern must stand at its beginning");
        }

        var kept = string.Concat(flags.Where(flag => !"aLu".Contains(flag)));
        _text.Append(_pattern[end] == ':' || kept.Length > 0 ? $"(?{kept}{_pattern[end]}" : "");
        _at = end + 1;
    }

    private int Known(string name) => _groups.TryGetValue(name, out var index) ? index : throw Wrong($"there is no group named '{name}' before it");

    // {,3} means up to three; .NET would look for these very characters.
    private bool IsUpTo()
    {
        var end = _at + 2;
        while (end < _pattern.Length && char.IsAsciiDigit(_pattern[end]))
        {
            end++;
        }

        return Peek(1) == ',' && end > _at + 2 && end < _pattern.Length && _pattern[end] == '}';
    }

    private ArgumentException Wrong(string what) => new($"{what} (at character {_at + 1}).");
}
