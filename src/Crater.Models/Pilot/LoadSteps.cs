using System.Globalization;

namespace Crater.Models.Pilot;

/// <summary>Load step by step: how much a route may be given next, and what its answers mean.</summary>
internal static class LoadSteps
{
    /// <summary>The first step, as a share of what is wanted.</summary>
    private const double First = 0.1;

    /// <summary>How much more the next step may be than what was survived.</summary>
    private const double Factor = 2.5;

    private const int FirstMin = 10;

    /// <summary>How many users a route may be given now, and why not more.</summary>
    public static (int Users, string Why) Most(PilotOptions options, IReadOnlyList<StressResult> before)
    {
        var limit = options.Objective.Users > 0 ? options.Objective.Users : options.UsersMax;
        if (before.Where(stress => stress.Survived == false).Select(stress => stress.Users).DefaultIfEmpty(0).Min() is > 0 and var broken)
        {
            limit = Math.Min(limit, broken - 1);
        }

        var survived = before.Where(stress => stress.Survived == true).Select(stress => stress.Users).DefaultIfEmpty(0).Max();
        var step = survived == 0 ? Math.Max(FirstMin, (int)Math.Ceiling(limit * First)) : (int)Math.Ceiling(survived * Factor);
        var most = Math.Min(limit, step);
        return (most, before.Any(stress => stress.Survived == false && stress.Users <= limit + 1)
            ? $"{limit + 1} users were not survived, so at most {most} are allowed"
            : survived == 0 ? $"it goes step by step: at most {most} users first" : $"it goes step by step: after {survived} at most {most} users");
    }

    public static string Text(StressResult result) => string.Create(CultureInfo.InvariantCulture,
        $"{result.Users} users: {result.Sent} requests sent, {result.Completed} ended, {result.Errors} of them with an error, p95 {(result.P95 is { } p95 ? $"{p95:0.000} s" : "unknown")}. {Meaning(result)}");

    /// <summary>What the session found out about a load.</summary>
    public static string Answer(int wanted, IReadOnlyList<StressResult> all)
    {
        var survived = all.Where(stress => stress.Survived == true).Select(stress => stress.Users).DefaultIfEmpty(0).Max();
        var broken = all.FirstOrDefault(stress => stress.Survived == false);
        return broken is not null ? $"{broken.Users} users were not survived; {(survived > 0 ? $"{survived} were" : "no smaller load was")}"
            : survived >= wanted ? $"{wanted} users were survived"
            : $"whether {wanted} users are survived could not be told";
    }

    private static string Meaning(StressResult result) => result.Survived switch
    {
        true => "Survived.",
        false => "Not survived.",
        null => result.Lag > 1 ? "It cannot be told: this machine was too busy to send that much." : "It cannot be told.",
    };
}
