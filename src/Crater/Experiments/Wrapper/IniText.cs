using System.Text.RegularExpressions;
using Crater.Diagnostics;

namespace Crater.Experiments.Wrapper;

/// <summary>
/// An INI text, read by the rules of Python's configparser: sections and a DEFAULT that stands behind each; keys without regard to case; <c>=</c> or <c>:</c>
/// between key and value; deeper indented lines go on with a value; lines that begin with <c>#</c> or <c>;</c> are comments, and inline ones do not exist.
/// </summary>
internal sealed partial class IniText
{
    public const string Default = "DEFAULT";
    private readonly Dictionary<string, Dictionary<string, IniValue>> _sections = new(StringComparer.Ordinal) { [Default] = new(StringComparer.Ordinal) };
    private readonly List<string> _order = [];
    private readonly List<Problem> _problems = [];
    private Dictionary<string, IniValue>? _section;
    private string _name = "";
    private IniValue? _value;
    private int _indent;

    private IniText() { }

    /// <summary>In the order of the text, without DEFAULT.</summary>
    public IReadOnlyList<string> Sections => _order;

    public IReadOnlyList<Problem> Problems => _problems;

    public static IniText Read(string text)
    {
        var ini = new IniText();
        var number = 0;
        foreach (var line in text.TrimStart('\uFEFF').Split('\n'))
        {
            ini.Take(line.TrimEnd('\r'), ++number);
        }

        return ini;
    }

    /// <summary>What a section says of a key, or else DEFAULT; null when neither does.</summary>
    public IniValue? Find(string section, string key) =>
        _sections[section].TryGetValue(key.ToLowerInvariant(), out var value) || _sections[Default].TryGetValue(key.ToLowerInvariant(), out value) ? value : null;

    /// <summary>The keys of a section and of DEFAULT.</summary>
    public IEnumerable<string> Keys(string section) => _sections[section].Keys.Concat(_sections[Default].Keys).Distinct(StringComparer.Ordinal);

    private void Take(string line, int number)
    {
        var text = line.Trim();
        if (text.Length == 0 || text[0] is '#' or ';')
        {
            // An empty line may belong to a value; whether it does is seen at the next one. A comment never does.
            if (text.Length == 0)
            {
                _value?.Lines.Add((number, ""));
            }

            return;
        }

        var indent = line.Length - line.TrimStart().Length;
        if (_value is not null && indent > _indent)
        {
            _value.Lines.Add((number, text));
            return;
        }

        _indent = indent;
        if (Header().Match(text) is { Success: true } header)
        {
            Open(header.Groups[1].Value, number);
        }
        else if (_section is null)
        {
            Complain(number, $"'{Shown(text)}' stands before the first section; a section begins with a line such as [{Default}].");
        }
        else
        {
            TakeKey(text, number);
        }
    }

    private void Open(string name, int number)
    {
        _value = null;
        _name = name;
        if (name != Default && _order.Contains(name))
        {
            Complain(number, $"The section [{name}] stands twice; put both together.");
        }
        else if (name != Default)
        {
            _order.Add(name);
            _sections[name] = new(StringComparer.Ordinal);
        }

        _section = _sections[name];
    }

    private void TakeKey(string text, int number)
    {
        _value = null;
        if (Pair().Match(text) is not { Success: true } pair || pair.Groups["key"].Value.Trim().Length == 0)
        {
            Complain(number, $"'{Shown(text)}' has no key and value; write key = value, or indent the line if it belongs to the value above.");
            return;
        }

        var key = pair.Groups["key"].Value.Trim().ToLowerInvariant();
        _value = new IniValue(key, _name, [(number, pair.Groups["value"].Value.Trim())]);
        if (!_section!.TryAdd(key, _value))
        {
            Complain(number, $"{key} stands twice in [{_name}]; remove one of the two.");
        }
    }

    private void Complain(int line, string message) => _problems.Add(new Problem($"[{_name}]", "CRT1220", message, line, 1));

    private static string Shown(string text) => text.Length <= 60 ? text : text[..60] + "…";

    [GeneratedRegex(@"^\[(.+)\]")]
    private static partial Regex Header();

    [GeneratedRegex(@"^(?<key>.*?)\s*[=:]\s*(?<value>.*)$", RegexOptions.ExplicitCapture)]
    private static partial Regex Pair();
}

/// <summary>One value as it stands in the text, before <c>%</c> is looked at.</summary>
/// <param name="Lines">With their line numbers; the first is what stands beside the key.</param>
internal sealed record IniValue(string Key, string Section, List<(int Number, string Text)> Lines)
{
    public int Line => Lines[0].Number;

    public string Text => string.Join('\n', Lines.Select(line => line.Text)).TrimEnd();
}
