using System.Globalization;
using Crater.Agent.Places;

namespace Crater.Agent.Faults;

/// <summary>What was asked for, checked: every parameter in canonical text (bytes and numbers plain, durations in milliseconds), defaults filled in.</summary>
internal sealed record FaultRequest(string Uid, string Fault, IReadOnlyDictionary<string, string> Arguments)
{
    /// <summary>Where; null is the host at large.</summary>
    public Place? Place { get; init; }

    public string Text(string parameter) => Arguments.GetValueOrDefault(parameter, "");

    public bool Has(string parameter) => Text(parameter).Length > 0;

    public long Number(string parameter) => long.Parse(Text(parameter), CultureInfo.InvariantCulture);

    /// <summary>Of a share, in millionths: one percent is ten thousand.</summary>
    public const decimal MillionthsOfAPercent = 10_000;

    /// <summary>Of a share, from 0 to 1.</summary>
    public double Share(string parameter) => (double)Millionths(parameter) / 1_000_000;

    public long Millionths(string parameter) => (long)(decimal.Parse(Text(parameter), CultureInfo.InvariantCulture) * MillionthsOfAPercent);

    public bool Flag(string parameter) => Text(parameter) == "true";

    /// <summary>What was given, as <c>name=value</c>, the place first, then in the order of the names; of a private value its length alone.</summary>
    public string Words
    {
        get
        {
            // Sorted in place: an ordering of LINQ's would be compiled at every start.
            List<string> names = [.. Arguments.Keys.Where(Has)];
            names.Sort(StringComparer.Ordinal);
            return string.Join(' ', (Place is null ? [] : new[] { Place.Asked }).Concat(names.Select(name => $"{name}={Shown(name)}")));
        }
    }

    private string Shown(string name) =>
        HostFaults.Find(Fault)?.Description.Parameters.FirstOrDefault(parameter => parameter.Name == name) is { IsPrivate: true } ? $"({Text(name).Length} characters)" : Text(name);
}
