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

    /// <summary>Texts longer than this together are measured as they will be sent, where a letter can take six bytes.</summary>
    private const int MeasuredFrom = 8 * 1024;

    /// <exception cref="AgentException">CRT5750: it does not fit into one message.</exception>
    public IReadOnlyDictionary<string, string> ToMessage()
    {
        var message = Fields();
        var isLong = message.Values.Sum(value => value.Length) > MeasuredFrom && System.Text.Encoding.UTF8.GetByteCount(State.FlatJson.Write(message)) > Channel.BytesMax;
        return !isLong ? message : throw new AgentException("CRT5750", ExitCodes.Usage,
            $"The texts of this {Request.Fault} come to more than {Channel.BytesMax >> 10} KiB as they are handed to its keeper, where a control character counts six times. Shorten them.");
    }

    private Dictionary<string, string> Fields()
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

        if (Request.Place is { } place)
        {
            foreach (var (name, value) in place.Fields)
            {
                message[name] = value;
            }
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
