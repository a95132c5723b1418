using Crater.Advice;
using Crater.Faults;

namespace Crater.Models.Pilot;

/// <summary>The parameters of a candidate at an intensity, within the range in which a test of it makes sense.</summary>
internal static class Escalation
{
    /// <summary>Of these the smallest value is the harshest.</summary>
    private static readonly HashSet<ParameterType> Downwards = [ParameterType.BitRate];

    /// <summary>Of these more is harsher. How long to wait for a drain, say, is neither.</summary>
    private static readonly HashSet<string> Upwards = new(["delay", "latency", "loss", "share", "percent", "bytes"], StringComparer.Ordinal);

    /// <summary>The hardest that this candidate can be made.</summary>
    public static Intensity Hardest(Offer offer) => Tunable(offer).Any() ? Intensity.High : Intensity.Low;

    public static IReadOnlyDictionary<string, string> Arguments(Offer offer, Intensity intensity) => intensity == Intensity.Low
        ? new Dictionary<string, string>()
        : Tunable(offer).ToDictionary(tunable => tunable.Parameter.Name, tunable => tunable.At(intensity), StringComparer.Ordinal);

    private static IEnumerable<(FaultParameter Parameter, Func<Intensity, string> At)> Tunable(Offer offer)
    {
        foreach (var range in offer.Ranges)
        {
            var parameter = FaultCatalogue.Variants(offer.Fault).SelectMany(fault => fault.Parameters).First(known => known.Name == range.Name);
            var isDownwards = Downwards.Contains(parameter.Type);
            var from = range.Value.Length > 0 ? range.Value : parameter.Default;
            var to = isDownwards ? range.Min : range.Max;
            if ((isDownwards || Upwards.Contains(parameter.Name)) && ParameterRange.Between(parameter, from, to, 0.5) is { } middle && ParameterRange.Between(parameter, from, to, 0) != middle)
            {
                yield return (parameter, intensity => intensity == Intensity.Medium ? middle : to);
            }
        }
    }
}
