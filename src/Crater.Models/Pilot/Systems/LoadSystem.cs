using System.Globalization;
using Crater.Models.Tools;

namespace Crater.Models.Pilot.Systems;

/// <summary>The application from outside: is it there, and how much does it bear. Only the routes that the user named are ever asked, and of an answer only figures are told.</summary>
internal sealed class LoadSystem(PilotSession session)
{
    public const int SecondsMax = 60;

    [Tool("Sends requests to a route, one a second for each user, and tells how many failed and how slow they were. Step by step: the next load is allowed when the last one was survived.", Power = Power.Act, TimeoutSeconds = 0, Action = "STRESS_API")]
    public Task<ToolResult> StressApi(
        [Means("Number of the route, or the route itself.")] string route, [Means("How many users.")][Within(1, Crater.Load.LoadPlan.RateMax)] int users,
        [Means("For how long, in seconds.")][Within(3, SecondsMax)] int seconds = 10, CancellationToken abort = default)
    {
        var routes = session.Options.Routes;
        var found = int.TryParse(route, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= 1 && number <= routes.Count ? routes[number - 1]
            : routes.FirstOrDefault(one => one.OriginalString == route || one.AbsoluteUri == route || one.PathAndQuery == route);
        return found is null
            ? Task.FromResult(session.Denied(routes.Count == 0 ? "no route may be stressed in this session" : $"only these routes may be stressed: {string.Join(", ", routes.Select((one, i) => $"{i + 1} {one.PathAndQuery}"))}", isPolicy: true))
            : session.StressAsync(found, users, seconds, abort);
    }

    [Tool("Sends one request to the availability route and tells the status.", Action = "AVAILABILITY_REQUEST")]
    public async Task<ToolResult> Availability(CancellationToken abort)
    {
        if (session.Options.AvailabilityRoute is null)
        {
            return ToolResult.Error("no availability route was given for this session");
        }

        var seen = await session.Executor.ProbeAsync(abort);
        return ToolResult.Ok(seen.Status == 0
            ? string.Create(CultureInfo.InvariantCulture, $"not available: no answer within {seen.Seconds:0.0} s")
            : string.Create(CultureInfo.InvariantCulture, $"{(seen.Status < 400 ? "available" : "not available")}: status {seen.Status} after {seen.Seconds:0.000} s"));
    }
}
