using System.Globalization;
using System.Text.RegularExpressions;
using Crater.Diagnostics;

namespace Crater.Experiments.Wrapper;

/// <summary>Reads the settings of one context, and finds every value that cannot be understood.</summary>
internal sealed partial class ConfReading(IniText ini, string section)
{
    private static readonly string[] Known =
        ["experiment_path", "rollback_strategy", "hypothesis_strategy", "hypothesis_frequency", "fail_fast", "var_files", "var_overrides"];

    // The command line of Chaos Toolkit takes this misspelling, so files have it.
    private const string Misspelt = "continously";
    private readonly IniInterpolation _values = new(ini, section);
    private readonly List<Problem> _problems = [];

    /// <exception cref="CraterException">CRT1222.</exception>
    public ConfSettings Read(string folder)
    {
        var settings = new ConfSettings
        {
            Folder = folder,
            Experiment = Text("experiment_path", "experiment.yaml"),
            Rollbacks = OneOf("rollback_strategy", "always", StrategyNames.Rollbacks.Keys),
            Hypothesis = OneOf("hypothesis_strategy", "", StrategyNames.Hypothesis.Keys),
            Frequency = Seconds("hypothesis_frequency"),
            FailFast = Flag("fail_fast"),
            VarFiles = [.. Text("var_files", "").Split([',', '\n'], StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)],
            Overrides = Overrides(),
        };
        WarnOfUnknown();
        return settings with { Problems = _problems };
    }

    private string Text(string key, string standard) =>
        ini.Find(section, key) is { } value && _values.Apply(value).Trim() is { Length: > 0 } text ? text : standard;

    private string OneOf(string key, string standard, IEnumerable<string> names)
    {
        var text = Text(key, standard);
        text = text == Misspelt ? "continuously" : text;
        if (text.Length > 0 && !names.Contains(text))
        {
            Complain("CRT1224", key, $"{key} is {text}; it takes {string.Join(", ", names)}.{Spelling.DidYouMean(text, names)}");
        }

        return text;
    }

    private string Seconds(string key)
    {
        var text = Text(key, "");
        if (text.Length > 0 && !(double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && number > 0))
        {
            Complain("CRT1224", key, $"{key} is {text}; it takes a number of seconds greater than 0.");
        }

        return text;
    }

    private bool Flag(string key)
    {
        var text = Text(key, "false").ToLowerInvariant();
        if (text is not ("1" or "yes" or "true" or "on" or "0" or "no" or "false" or "off"))
        {
            Complain("CRT1224", key, $"{key} is {text}; it takes true or false.");
        }

        return text is "1" or "yes" or "true" or "on";
    }

    // One a line, key[:type] = value. The starter pack's own example writes key: value, which means the same here.
    private List<string> Overrides()
    {
        List<string> overrides = [];
        foreach (var line in Text("var_overrides", "").Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            if (Override().Match(line) is { Success: true } match)
            {
                var type = match.Groups["type"].Value;
                overrides.Add($"{match.Groups["key"].Value}{(type.Length > 0 ? $":{type}" : "")}={match.Groups["value"].Value}");
            }
            else
            {
                Complain("CRT1223", "var_overrides", $"'{line}' is no override; write key = value, or key:type = value.");
            }
        }

        return overrides;
    }

    private void WarnOfUnknown() => _problems.AddRange(ini.Keys(section)
        .Where(key => !Known.Contains(key) && !_values.Used.Contains(key) && Spelling.DidYouMean(key, Known).Length > 0)
        .Select(key => Problem("CRT1226", key, $"{key} is no key of a conf file and changes nothing.{Spelling.DidYouMean(key, Known)}") with { IsWarning = true }));

    private void Complain(string code, string key, string message) => _problems.Add(Problem(code, key, message));

    private Problem Problem(string code, string key, string message)
    {
        var value = ini.Find(section, key);
        return new Problem($"[{value?.Section ?? section}].{key}", code, message, value?.Line ?? 0, 1);
    }

    [GeneratedRegex(@"^(?<key>[^\s:=]+)\s*(?:(?::(?<type>[a-z]+)\s*)?=|:)\s*(?<value>.*)$", RegexOptions.ExplicitCapture)]
    private static partial Regex Override();
}
