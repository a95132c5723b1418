using System.Globalization;
using Crater.Diagnostics;
using Crater.Targets;

namespace Crater.Models;

/// <summary>What one session may use up. Each limit is checked before a call is made, with what the call may cost at most.</summary>
public sealed record Budget
{
    /// <value>Unit: tokens, read and written together. Default: 100,000.</value>
    public long Tokens { get; init; } = 100_000;

    /// <value>Default: 20.</value>
    public int Calls { get; init; } = 20;

    /// <summary>Null for no limit; with one, nothing is asked of a model whose price is unknown.</summary>
    /// <value>Unit: US dollars.</value>
    public decimal? Money { get; init; }

    /// <value>Default: 5 min.</value>
    public TimeSpan Time { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>How long faults may be in place, all together.</summary>
    /// <value>Default: 10 min.</value>
    public TimeSpan Faults { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>How many experiments and loads there may be.</summary>
    /// <value>Default: 20.</value>
    public int Experiments { get; init; } = 20;

    /// <summary>Reads <c>tokens=20000,calls=5,money=0.10,time=2m,faults=60s,experiments=3</c>; what is left out stays as it is here.</summary>
    /// <exception cref="CraterException">CRT7317: a part is not understood.</exception>
    public Budget With(string text)
    {
        var budget = this;
        foreach (var part in text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            budget = budget.Set(part.Split('=', 2, StringSplitOptions.TrimEntries), part);
        }

        return budget;
    }

    private Budget Set(string[] pair, string part)
    {
        var value = pair.Length == 2 ? pair[1] : "";
        return pair[0] switch
        {
            "tokens" when long.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var tokens) => this with { Tokens = tokens },
            "calls" when int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var calls) => this with { Calls = calls },
            "money" when decimal.TryParse(value, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var money) => this with { Money = money },
            "time" when Durations.TryParse(value, out var time) && time >= TimeSpan.Zero => this with { Time = time },
            "faults" when Durations.TryParse(value, out var faults) && faults >= TimeSpan.Zero => this with { Faults = faults },
            "experiments" when int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var experiments) => this with { Experiments = experiments },
            _ => throw new CraterException("CRT7317",
                $"'{part}' is no part of a budget; write for example tokens=20000,calls=5,money=0.10,time=2m,faults=60s,experiments=3 (money in US dollars)."),
        };
    }
}

/// <summary>What a model costs.</summary>
/// <param name="Input">US dollars for a million tokens read.</param>
/// <param name="Output">US dollars for a million tokens written.</param>
public sealed record Price(decimal Input, decimal Output)
{
    public static Price Free { get; } = new(0, 0);

    public decimal Of(Usage usage) => ((usage.Input * Input) + (usage.Output * Output)) / 1_000_000m;

    /// <summary>Reads <c>0.15/0.60</c>.</summary>
    /// <exception cref="CraterException">CRT7317: it is not of that form.</exception>
    public static Price Read(string text) =>
        text.Split('/', StringSplitOptions.TrimEntries) is [var input, var output]
        && decimal.TryParse(input, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var read)
        && decimal.TryParse(output, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var written)
            ? new Price(read, written)
            : throw new CraterException("CRT7317", $"'{text}' is no price; write US dollars for a million tokens read and written, such as 0.15/0.60.");
}
