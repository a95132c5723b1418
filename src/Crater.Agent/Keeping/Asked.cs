using System.Globalization;
using Crater.Agent.Faults;
using Crater.Agent.Places;

namespace Crater.Agent.Keeping;

/// <summary>What the one who asks tells the keeper.</summary>
/// <param name="Timeout">The fault ends by itself after this, counted from now.</param>
/// <param name="Lease">It also ends when nobody renews for this long; zero for no lease.</param>
internal sealed record Asked(FaultRequest Request, string Creator, TimeSpan Timeout, TimeSpan Lease)
{
    private const string Argument = "arg.";

    public IReadOnlyDictionary<string, string> ToMessage()
    {
        Dictionary<string, string> message = new(StringComparer.Ordinal)
        {
            ["uid"] = Request.Uid,
            ["fault"] = Request.Fault,
            ["creator"] = Creator,
            ["timeout-ms"] = Milliseconds(Timeout),
            ["lease-ms"] = Milliseconds(Lease),
        };
        foreach (var (name, value) in Request.Arguments)
        {
            message[Argument + name] = value;
        }

        foreach (var (name, value) in Request.Place?.Fields ?? [])
        {
            message[name] = value;
        }

        return message;
    }

    public static Asked Of(IReadOnlyDictionary<string, string> message)
    {
        var arguments = message.Keys.Where(key => key.StartsWith(Argument, StringComparison.Ordinal)).ToDictionary(key => key[Argument.Length..], key => message[key]);
        return new Asked(new FaultRequest(message["uid"], message["fault"], arguments) { Place = Place.Of(message) }, message["creator"], Span(message["timeout-ms"]), Span(message["lease-ms"]));
    }

    private static string Milliseconds(TimeSpan span) => ((long)span.TotalMilliseconds).ToString(CultureInfo.InvariantCulture);

    private static TimeSpan Span(string milliseconds) => TimeSpan.FromMilliseconds(long.Parse(milliseconds, CultureInfo.InvariantCulture));
}
