using System.Globalization;
using System.Text.RegularExpressions;
using Crater.Diagnostics;
using Crater.Models.Safety;

namespace Crater.Models.Pilot;

/// <summary>What a session is for: a number of rounds, a load to survive, or a sentence.</summary>
/// <param name="Rounds">How many experiments; 0 where it is not about a number.</param>
/// <param name="Users">How many users at once; 0 where it is not about load.</param>
public sealed partial record Objective(string Text, int Rounds, int Users)
{
    public const int RoundsMax = 100;

    private const int TextMax = 500;

    /// <summary>A sentence that only a model can pursue, and say when it is reached.</summary>
    public bool IsSentence => Rounds == 0 && Users == 0;

    /// <summary>Reads <c>10</c>, <c>handle 10000 users</c>, or any other sentence.</summary>
    /// <exception cref="CraterException">CRT7320: it says nothing, or too much.</exception>
    public static Objective Read(string text)
    {
        var clean = PlainText.Line(text, TextMax);
        if (clean.Length == 0)
        {
            throw new CraterException("CRT7320", "There is no objective. Write --objective 5 for five experiments, --objective \"handle 10000 users\", or a sentence; NB_ITERATION in the parameters counts too.");
        }

        if (int.TryParse(clean, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var rounds))
        {
            return rounds is >= 1 and <= RoundsMax ? new Objective(clean, rounds, 0) : throw new CraterException("CRT7320", $"The objective is {rounds} rounds; write 1 to {RoundsMax}.");
        }

        var load = Load().Match(clean);
        if (!load.Success)
        {
            return new Objective(clean, 0, 0);
        }

        var users = load.Groups["number"].Value.Replace(",", "", StringComparison.Ordinal).Replace("_", "", StringComparison.Ordinal).Replace(".", "", StringComparison.Ordinal).Replace(" ", "", StringComparison.Ordinal);
        return int.TryParse(users, NumberStyles.None, CultureInfo.InvariantCulture, out var count) && count is >= 1 and <= (int)Crater.Load.LoadPlan.RateMax
            ? new Objective(clean, 0, count)
            : throw new CraterException("CRT7320", $"The objective is {users} users; the built-in load generator goes from 1 to {Crater.Load.LoadPlan.RateMax:0}. Use a distributed load engine beyond that.");
    }

    [GeneratedRegex(@"(?<number>\d[\d,_. ]*)\s*(?:concurrent |simultaneous )?users?\b", RegexOptions.IgnoreCase)]
    private static partial Regex Load();
}
