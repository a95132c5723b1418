using System.Globalization;
using Crater.Diagnostics;
using Crater.Documents;

namespace Crater.Faults;

/// <summary>Reads the arguments of one fault against its definition and finds every problem, not only the first.</summary>
internal sealed class ArgumentReader(FaultDefinition definition, string path, ICollection<Problem> problems)
{
    private int _errors;

    /// <summary>Every parameter in canonical text, defaults filled in; null when something is wrong.</summary>
    public IReadOnlyDictionary<string, string>? Read(MapNode? arguments)
    {
        Dictionary<string, string> values = [];
        foreach (var entry in arguments?.Entries ?? [])
        {
            ReadOne(entry, values);
        }

        foreach (var parameter in definition.Parameters)
        {
            if (parameter.Required && !values.ContainsKey(parameter.Name))
            {
                Add("CRT2104", path, $"{definition.Name} needs {parameter.Name} ({ParameterValue.Form(parameter)}): {parameter.Summary}", arguments);
            }
        }

        ExactlyOne(values, arguments);
        foreach (var parameter in definition.Parameters)
        {
            values.TryAdd(parameter.Name, parameter.Default);
        }

        return _errors == 0 ? values : null;
    }

    private void ReadOne(MapEntry entry, Dictionary<string, string> values)
    {
        var here = $"{path}.{entry.Key}";
        if (Parameter(entry.Key) is not { } parameter)
        {
            var known = definition.Parameters.SelectMany(p => p.Aliases.Prepend(p.Name)).ToList();
            var all = definition.Parameters.Count > 0 ? string.Join(", ", definition.Parameters.Select(p => p.Name)) : "no parameters at all";
            Add("CRT2103", here, $"{definition.Name} has no parameter {entry.Key}; it takes {all}.{Spelling.DidYouMean(entry.Key, known)}", entry.Line, entry.Column);
            return;
        }

        var (value, error) = ParameterValue.Read(parameter, entry.Value);
        if (error is null && parameter.Type == ParameterType.Duration && !IsOwnName(parameter, entry.Key) && entry.Value is ScalarNode bare && double.TryParse(bare.Text, CultureInfo.InvariantCulture, out var number) && number != 0)
        {
            // Peers count a bare latency in milliseconds or microseconds; guessing would be wrong by a thousand.
            error = "write its unit, for example 200ms; tools differ in what a bare number means.";
        }

        if (error is not null)
        {
            Add("CRT2105", here, $"{entry.Value.Saying} is not a value of {parameter.Name}: {error}", entry.Value);
        }
        else if (values.ContainsKey(parameter.Name))
        {
            Add("CRT2108", here, $"{parameter.Name} is given twice, once under another of its names. Keep one.", entry.Line, entry.Column);
        }
        else if (ParameterValue.OutOfRange(parameter, value) is { } range)
        {
            Add("CRT2106", here, $"{parameter.Name} is {value}, but {range}.", entry.Value);
        }

        values.TryAdd(parameter.Name, value);
    }

    private void ExactlyOne(Dictionary<string, string> values, MapNode? arguments)
    {
        if (definition.OneOf.Count == 0)
        {
            return;
        }

        var given = definition.OneOf.Where(name => values.GetValueOrDefault(name, "").Length > 0).ToList();
        if (given.Count != 1)
        {
            var found = given.Count == 0 ? "neither is given" : $"{string.Join(" and ", given)} are given";
            Add("CRT2107", path, $"{definition.Name} takes exactly one of {string.Join(" and ", definition.OneOf)}; {found}.", arguments);
        }
    }

    private static bool IsOwnName(FaultParameter parameter, string key) =>
        string.Equals(parameter.Name, key.Replace('_', '-'), StringComparison.OrdinalIgnoreCase) || key.Contains("seconds", StringComparison.OrdinalIgnoreCase);

    private FaultParameter? Parameter(string key)
    {
        return definition.Parameters.FirstOrDefault(p => string.Equals(p.Name, key.Replace('_', '-'), StringComparison.OrdinalIgnoreCase) || p.Aliases.Contains(key, StringComparer.OrdinalIgnoreCase));
    }

    private void Add(string code, string where, string message, DocumentNode? at) => Add(code, where, message, at?.Line ?? 0, at?.Column ?? 0);

    private void Add(string code, string where, string message, int line, int column)
    {
        _errors++;
        problems.Add(new Problem(where, code, message, line, column));
    }
}
