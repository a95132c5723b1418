using System.Globalization;
using System.Text.RegularExpressions;
using Crater.Documents;
using Crater.Targets;

namespace Crater.Faults;

/// <summary>Reads and writes the value of one parameter: whatever people write, to one canonical text.</summary>
internal static partial class ParameterValue
{
    private static readonly (string Suffix, double Factor)[] BitRates =
        [("gbit/s", 1e9), ("gbit", 1e9), ("gbps", 1e9), ("mbit/s", 1e6), ("mbit", 1e6), ("mbps", 1e6), ("kbit/s", 1e3), ("kbit", 1e3), ("kbps", 1e3), ("bit/s", 1), ("bit", 1), ("bps", 1)];

    /// <summary>The canonical text, or what would have been right.</summary>
    public static (string Value, string? Error) Read(FaultParameter parameter, DocumentNode node)
    {
        if (parameter.Type == ParameterType.Labels && node is MapNode labels)
        {
            return Labels(string.Join(",", labels.Entries.Select(entry => $"{entry.Key}={(entry.Value as ScalarNode)?.Text}")));
        }

        if (node is not ScalarNode scalar)
        {
            return ("", $"write {Form(parameter)}.");
        }

        var text = scalar.IsNull ? "" : scalar.Text.Trim();
        if (text.Length == 0)
        {
            return parameter.Required ? ("", $"write {Form(parameter)}.") : (parameter.Default, null);
        }

        if (parameter.Type == ParameterType.Labels)
        {
            return Labels(text);
        }

        return Canonical(parameter, text) is { } value ? (value, null) : ("", $"write {Form(parameter)}.");
    }

    /// <summary>Why a canonical value is not allowed; null when it is.</summary>
    public static string? OutOfRange(FaultParameter parameter, string value)
    {
        if (Measure(parameter, value) is not { } measure)
        {
            return null;
        }

        // A smallest value written as >0 is itself not allowed.
        var isOpen = parameter.Min.StartsWith('>');
        var min = parameter.Min.TrimStart('>');
        if (Measure(parameter, min) is { } lowest && (isOpen ? measure <= lowest : measure < lowest))
        {
            return isOpen ? $"it must be greater than {min}" : $"the smallest value allowed is {min}";
        }

        return Measure(parameter, parameter.Max) is { } highest && measure > highest ? $"the largest value allowed is {parameter.Max}" : null;
    }

    /// <summary>How the value is written, e.g. <c>a duration such as 500ms, 2s or 1m30s</c>.</summary>
    public static string Form(FaultParameter parameter) => parameter.Type switch
    {
        ParameterType.Duration => "a duration such as 500ms, 2s or 1m30s (a bare number is seconds)",
        ParameterType.Ratio => "a share between 0 and 1 such as 0.3, or a percentage such as 30%",
        ParameterType.Bytes => "an amount of memory such as 128Mi or 1G (a bare number is bytes)",
        ParameterType.BitRate => "a bit rate such as 100kbit or 1mbit (a bare number is bit/s)",
        ParameterType.Choice => $"one of {string.Join(", ", parameter.Choices)}",
        ParameterType.Labels => "a label selector such as app=carts",
        ParameterType.Integer => "a whole number",
        ParameterType.Number => "a number",
        ParameterType.Flag => "true or false",
        _ => "a text",
    };

    private static string? Canonical(FaultParameter parameter, string text) => parameter.Type switch
    {
        ParameterType.Duration => Durations.TryParse(text, out var duration) ? Durations.Text(duration) : null,
        ParameterType.Choice => parameter.Choices.FirstOrDefault(choice => string.Equals(choice, text, StringComparison.OrdinalIgnoreCase)),
        ParameterType.Flag => bool.TryParse(text, out var flag) ? (flag ? "true" : "false") : null,
        ParameterType.Text => text,
        ParameterType.Ratio when text.EndsWith('%') => Plain(text[..^1]) is { } percent ? Text(percent / 100) : null,
        ParameterType.Bytes => Quantity.TryParse(text, out var bytes) ? Text(Math.Round(bytes)) : null,
        ParameterType.BitRate => BitRate(text) is { } rate ? Text(Math.Round(rate)) : null,
        ParameterType.Integer => Plain(text) is { } whole && whole == Math.Floor(whole) ? Text(whole) : null,
        _ => Plain(text.EndsWith('%') && parameter.Unit == "percent" ? text[..^1] : text) is { } number ? Text(number) : null,
    };

    /// <summary>A value between two others, in the unit in which they are measured.</summary>
    public static string? Between(FaultParameter parameter, string from, string to, double share) =>
        Measure(parameter, Of(parameter, from)) is { } first && Measure(parameter, Of(parameter, to)) is { } last
            ? (first + ((last - first) * share)) is var value && parameter.Type == ParameterType.Duration ? $"{Text(Math.Round(value))}ms"
                : Text(parameter.Type is ParameterType.Ratio or ParameterType.Number ? Math.Round(value, 4) : Math.Round(value))
            : null;

    private static string Of(FaultParameter parameter, string text) => text.Length == 0 ? "" : Canonical(parameter, text) ?? "";

    private static double? Measure(FaultParameter parameter, string value) => value.Length == 0 ? null : parameter.Type switch
    {
        ParameterType.Duration => Durations.TryParse(value, out var duration) ? duration.TotalMilliseconds : null,
        ParameterType.Bytes => Quantity.TryParse(value, out var bytes) ? bytes : null,
        ParameterType.BitRate => BitRate(value),
        ParameterType.Integer or ParameterType.Number or ParameterType.Ratio => Plain(value),
        _ => null,
    };

    private static (string Value, string? Error) Labels(string text)
    {
        try
        {
            _ = LabelSelector.Parse(text);
            return (text, null);
        }
        catch (FormatException error)
        {
            return ("", error.Message);
        }
    }

    private static double? BitRate(string text)
    {
        var lower = WhiteSpace().Replace(text, "").ToLowerInvariant();
        foreach (var (suffix, factor) in BitRates)
        {
            if (lower.EndsWith(suffix, StringComparison.Ordinal))
            {
                return Plain(lower[..^suffix.Length]) * factor;
            }
        }

        return Plain(lower);
    }

    private static double? Plain(string text) =>
        double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && double.IsFinite(number) ? number : null;

    private static string Text(double number) => number.ToString("0.############", CultureInfo.InvariantCulture);

    [GeneratedRegex(@"\s+")]
    private static partial Regex WhiteSpace();
}
