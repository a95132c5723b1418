using System.Globalization;

namespace Shop.Hosting;

/// <summary>What the manifest says to this process, read from the environment. Every switch of the shop is one of these.</summary>
internal sealed class Settings(Func<string, string?> read)
{
    public static readonly Settings FromEnvironment = new(Environment.GetEnvironmentVariable);

    public string Text(string name, string otherwise) => read(name) is { Length: > 0 } value ? value : otherwise;

    public bool Flag(string name, bool otherwise) => Text(name, otherwise ? "true" : "false") switch
    {
        "true" => true,
        "false" => false,
        var value => throw new SettingException(name, value, "true or false"),
    };

    /// <summary>A count of at least zero.</summary>
    /// <param name="unlimited">The word that stands for no limit at all, e.g. <c>unlimited</c>; it reads as <see cref="int.MaxValue"/>.</param>
    public int Count(string name, int otherwise, string unlimited = "unlimited")
    {
        var value = Text(name, otherwise.ToString(CultureInfo.InvariantCulture));
        return value == unlimited ? int.MaxValue
            : int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var count) ? count
            : throw new SettingException(name, value, $"a whole number or '{unlimited}'");
    }

    /// <summary>A duration such as <c>500ms</c> or <c>2s</c>; <c>none</c> reads as no limit.</summary>
    public TimeSpan Duration(string name, string otherwise)
    {
        var value = Text(name, otherwise);
        return ParseDuration(value) ?? throw new SettingException(name, value, "a duration such as 500ms or 2s, or none");
    }

    public static TimeSpan? ParseDuration(string value)
    {
        if (value == "none")
        {
            return Timeout.InfiniteTimeSpan;
        }

        var (digits, unitMs) = value switch
        {
            _ when value.EndsWith("ms", StringComparison.Ordinal) => (value[..^2], 1.0),
            _ when value.EndsWith('s') => (value[..^1], 1000.0),
            _ when value.EndsWith('m') => (value[..^1], 60_000.0),
            _ => ("", 0.0),
        };
        return double.TryParse(digits, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var amount)
            ? TimeSpan.FromMilliseconds(amount * unitMs)
            : null;
    }
}

/// <summary>A setting that cannot be read; the process ends with it before it listens.</summary>
internal sealed class SettingException(string name, string value, string wanted)
    : Exception($"Environment variable {name} is '{value}'; it must be {wanted}.");
