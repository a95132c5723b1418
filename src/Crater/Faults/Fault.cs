using System.Text.Json.Serialization;
using Crater.Targets;

namespace Crater.Faults;

/// <summary>What goes wrong: an immutable, validated description. Made by <see cref="FaultCatalogue.Describe"/>; it cannot act.</summary>
public sealed record Fault
{
    /// <summary>The canonical name, <c>&lt;what&gt;-&lt;how&gt;</c>, e.g. <c>network-delay</c>.</summary>
    public required string Name { get; init; }

    /// <summary>The word the user wrote, e.g. <c>pod-network-latency</c>; the report shows it beside the canonical name.</summary>
    public required string AskedAs { get; init; }

    /// <summary>Every parameter of the definition by name, in canonical text (durations as <c>2s</c>, ratios as <c>0.3</c>); defaults filled in.</summary>
    public required IReadOnlyDictionary<string, string> Arguments { get; init; }

    /// <summary>Probes in the words of the engine that is to play them beside the fault, as a JSON list; null for none.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Probes { get; init; }

    public string Text(string parameter) => Arguments.TryGetValue(parameter, out var value) ? value : "";

    public TimeSpan Duration(string parameter) => Durations.Parse(Text(parameter));

    public Ratio Ratio(string parameter) => new(Number(parameter));

    public double Number(string parameter) => double.Parse(Text(parameter), System.Globalization.CultureInfo.InvariantCulture);

    public int Integer(string parameter) => int.Parse(Text(parameter), System.Globalization.CultureInfo.InvariantCulture);

    public override string ToString() => Arguments.Count == 0
        ? Name
        : $"{Name}({string.Join(", ", Arguments.Where(a => a.Value.Length > 0).OrderBy(a => a.Key, StringComparer.Ordinal).Select(a => $"{a.Key}={a.Value}"))})";
}
