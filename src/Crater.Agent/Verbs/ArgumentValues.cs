using System.Globalization;
using Crater.Agent.Faults;
using Crater.Agent.Host;

namespace Crater.Agent.Verbs;

/// <summary>Reads the arguments of a fault against its description: units, ranges, choices, defaults. What comes out is canonical text.</summary>
internal static class ArgumentValues
{
    private static readonly (string Suffix, long Factor)[] ByteUnits =
    [
        ("kib", 1L << 10), ("mib", 1L << 20), ("gib", 1L << 30), ("tib", 1L << 40), ("ki", 1L << 10), ("mi", 1L << 20), ("gi", 1L << 30), ("ti", 1L << 40),
        ("kb", 1L << 10), ("mb", 1L << 20), ("gb", 1L << 30), ("tb", 1L << 40), ("b", 1),
    ];

    private static readonly (string Suffix, double Milliseconds)[] TimeUnits =
        [("ms", 1), ("us", 0.001), ("s", 1_000), ("m", 60_000), ("h", 3_600_000), ("d", 86_400_000)];

    // As tc has them: powers of ten, bits and not bytes. "bps" means bytes to some tools, and is left out.
    private static readonly (string Suffix, long Factor)[] RateUnits =
        [("kbit", 1_000), ("mbit", 1_000_000), ("gbit", 1_000_000_000), ("tbit", 1_000_000_000_000), ("bit", 1)];

    /// <summary>A longer text does not fit through the channel to the keeper; nobody needs more to break a file.</summary>
    private const int TextBytesMax = 32 * 1024;

    /// <param name="isPlaced">A place is given beside them.</param>
    /// <exception cref="AgentException">CRT5505 to CRT5508: what is missing, not of its kind, out of range, or one too many.</exception>
    public static IReadOnlyDictionary<string, string> Read(FaultDescription fault, IReadOnlyDictionary<string, string> given, bool isPlaced = false)
    {
        Dictionary<string, string> values = new(StringComparer.Ordinal);
        foreach (var parameter in fault.Parameters)
        {
            if (given.TryGetValue(parameter.Name, out var text))
            {
                values[parameter.Name] = InRange(parameter, Canonical(parameter, text) ?? throw Usage("CRT5506", $"'{text}' is no value of --{parameter.Name}; write {parameter.Form}."));
            }
            else if (parameter.IsRequired)
            {
                throw Usage("CRT5505", $"{fault.Name} needs --{parameter.Name} ({parameter.Form}): {parameter.Summary}");
            }
            else
            {
                values[parameter.Name] = Canonical(parameter, parameter.Default) ?? parameter.Default;
            }
        }

        var chosen = fault.OneOf.Where(name => values[name].Length > 0).ToList();
        return fault.OneOf.Count == 0 || chosen.Count == 1 || (chosen.Count == 0 && isPlaced && fault.TakesWhole) ? values : throw Usage("CRT5508",
            $"{fault.Name} takes exactly one of {string.Join(" and ", fault.OneOf.Select(name => "--" + name))}; {(chosen.Count == 0 ? $"none is given{(fault.TakesWhole ? ", and no place (--container, --cgroup) that could be hit as a whole" : "")}" : $"{string.Join(" and ", chosen)} are given")}.");
    }

    /// <summary>Milliseconds; null when the text is no duration. A bare number counts in <paramref name="bare"/> milliseconds each, and is refused without.</summary>
    public static double? Duration(string text, double? bare)
    {
        if (double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var plain))
        {
            return plain == 0 ? 0 : plain * bare;
        }

        var total = 0.0;
        for (var at = 0; at < text.Length;)
        {
            var digits = at;
            while (digits < text.Length && (char.IsAsciiDigit(text[digits]) || text[digits] == '.'))
            {
                digits++;
            }

            var unit = TimeUnits.FirstOrDefault(unit => text.AsSpan(digits).StartsWith(unit.Suffix, StringComparison.Ordinal));
            if (unit.Suffix is null || !double.TryParse(text.AsSpan(at, digits - at), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number))
            {
                return null;
            }

            total += number * unit.Milliseconds;
            at = digits + unit.Suffix.Length;
        }

        return text.Length > 0 ? total : null;
    }

    private static string? Canonical(FaultParameter parameter, string text) => parameter.Type switch
    {
        ParameterType.Integer => long.TryParse(text.TrimEnd('%'), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) ? Text(number) : null,
        ParameterType.Share => Share(text),
        ParameterType.Rate => WithUnit(text, RateUnits),
        ParameterType.Bytes => WithUnit(text, ByteUnits),
        ParameterType.Duration => Duration(text, bare: null) is { } duration ? Text((long)duration) : null,
        ParameterType.Choice => parameter.Choices.FirstOrDefault(choice => string.Equals(choice, text, StringComparison.OrdinalIgnoreCase)),
        ParameterType.Flag => bool.TryParse(text, out var flag) ? flag ? "true" : "false" : null,
        ParameterType.Path => text.StartsWith('/') && !text.Contains('\0', StringComparison.Ordinal) && !text.Contains('\n', StringComparison.Ordinal) ? Path.GetFullPath(text) : null,
        ParameterType.Mode => text.Length is 3 or 4 && text.All(digit => digit is >= '0' and <= '7') ? text : null,
        ParameterType.Cores => Cores.Parse(text) is { } cores ? Cores.Text(cores) : null,
        ParameterType.Program => RecoveryProgram.Split(text) is [['/', ..], ..] ? text : null,
        _ => System.Text.Encoding.UTF8.GetByteCount(text) <= TextBytesMax && !text.Contains('\0', StringComparison.Ordinal) ? text : null,
    };

    // A bare number is bytes to some tools and kilobytes to others; guessing would be wrong by a thousand.
    private static string? WithUnit(string text, (string Suffix, long Factor)[] units)
    {
        var lower = text.ToLowerInvariant();
        foreach (var (suffix, factor) in units)
        {
            if (lower.EndsWith(suffix, StringComparison.Ordinal))
            {
                return double.TryParse(lower.AsSpan(0, lower.Length - suffix.Length), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number)
                    && number * factor < long.MaxValue ? Text((long)(number * factor)) : null;
            }
        }

        return null;
    }

    private static string? Share(string text) =>
        decimal.TryParse(text.TrimEnd('%'), NumberStyles.AllowDecimalPoint | NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var percent)
            ? (decimal.Round(percent * FaultRequest.MillionthsOfAPercent) / FaultRequest.MillionthsOfAPercent).ToString("0.####", CultureInfo.InvariantCulture) : null;

    private static string InRange(FaultParameter parameter, string value)
    {
        var scale = parameter.Type == ParameterType.Share ? FaultRequest.MillionthsOfAPercent : 1;
        return parameter.Type is not (ParameterType.Integer or ParameterType.Bytes or ParameterType.Rate or ParameterType.Share)
            || (decimal.Parse(value, CultureInfo.InvariantCulture) * scale is var number && number >= parameter.Min && number <= parameter.Max)
                ? value
                : throw Usage("CRT5507", $"--{parameter.Name} is {value}, and {Range(parameter, scale)}.");
    }

    private static string Range(FaultParameter parameter, decimal scale) => parameter.Max == long.MaxValue
        ? string.Create(CultureInfo.InvariantCulture, $"the smallest value allowed is {parameter.Min / scale}")
        : string.Create(CultureInfo.InvariantCulture, $"it must be from {parameter.Min / scale} to {parameter.Max / scale}");

    private static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);

    private static AgentException Usage(string code, string message) => new(code, ExitCodes.Usage, message);
}
