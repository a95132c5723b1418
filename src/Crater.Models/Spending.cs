using System.Globalization;
using Crater.Diagnostics;
using Crater.Targets;

namespace Crater.Models;

/// <summary>What a session has used of its budget. Not for several threads at once.</summary>
/// <param name="price">Null when it is unknown.</param>
public sealed class Spending(Budget budget, Price? price, TimeProvider clock)
{
    private readonly long _start = clock.GetTimestamp();

    public Budget Budget => budget;

    public Price? Price => price;

    public int Calls { get; private set; }

    public Usage Used { get; private set; } = Usage.None;

    public TimeSpan FaultTime { get; private set; }

    /// <summary>Null when the price is unknown.</summary>
    public decimal? Money => price?.Of(Used);

    public TimeSpan TimeLeft => budget.Time - clock.GetElapsedTime(_start);

    /// <summary>To be called before every call.</summary>
    /// <param name="atMost">What it may use up.</param>
    /// <exception cref="CraterException">CRT7313: the budget does not allow it.</exception>
    public void Allow(Usage atMost)
    {
        var tokens = Used.Input + Used.Output;
        if (Calls >= budget.Calls)
        {
            throw Over($"{budget.Calls} calls", "calls");
        }

        if (tokens + atMost.Input + atMost.Output > budget.Tokens)
        {
            throw Over($"{budget.Tokens} tokens, of which {tokens} are used and {atMost.Input + atMost.Output} more may be needed", "tokens");
        }

        if (TimeLeft <= TimeSpan.Zero)
        {
            throw Over($"{Durations.Text(budget.Time)}", "time");
        }

        if (budget.Money is { } money)
        {
            var cost = (price ?? throw new CraterException("CRT7313",
                "There is a limit on money, and what the model costs is unknown. Say it with CRATER_MODEL_PRICE=INPUT/OUTPUT (US dollars for a million tokens) or models.price in stack.yaml, or leave the limit out."))
                .Of(Used + atMost);
            if (cost > money)
            {
                throw Over(string.Create(CultureInfo.InvariantCulture, $"{money:0.####} US dollars, and with the next call it may be {cost:0.####}"), "money");
            }
        }
    }

    /// <summary>To be called after every call, also after one that failed: it may have been paid for.</summary>
    public void Charge(Usage usage)
    {
        Calls++;
        Used += usage;
    }

    /// <summary>To be called before a fault is put in place.</summary>
    /// <exception cref="CraterException">CRT7313: the budget does not allow it.</exception>
    public void AllowFault(TimeSpan atMost)
    {
        if (FaultTime + atMost > budget.Faults)
        {
            throw Over($"{Durations.Text(budget.Faults)} of faults, of which {Durations.Text(FaultTime)} are used and {Durations.Text(atMost)} more are asked for", "faults");
        }
    }

    public void ChargeFault(TimeSpan time) => FaultTime += time;

    private static CraterException Over(string limit, string name) =>
        new("CRT7313", $"The budget is used up: it allows {limit}. Raise it with --budget {name}=… if it is worth it.");
}
