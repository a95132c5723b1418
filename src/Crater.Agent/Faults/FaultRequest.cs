using System.Globalization;

namespace Crater.Agent.Faults;

/// <summary>What was asked for, checked: every parameter in canonical text (bytes and numbers plain, durations in milliseconds), defaults filled in.</summary>
internal sealed record FaultRequest(string Uid, string Fault, IReadOnlyDictionary<string, string> Arguments)
{
    public string Text(string parameter) => Arguments.GetValueOrDefault(parameter, "");

    public bool Has(string parameter) => Text(parameter).Length > 0;

    public long Number(string parameter) => long.Parse(Text(parameter), CultureInfo.InvariantCulture);

    public bool Flag(string parameter) => Text(parameter) == "true";

    /// <summary>What was given, as <c>name=value</c>, in the order of the names; of a private value its length alone.</summary>
    public string Words => string.Join(' ', Arguments.Where(pair => pair.Value.Length > 0).OrderBy(pair => pair.Key, StringComparer.Ordinal).Select(pair => $"{pair.Key}={Shown(pair)}"));

    private string Shown(KeyValuePair<string, string> pair) =>
        HostFaults.Find(Fault)?.Description.Parameters.FirstOrDefault(parameter => parameter.Name == pair.Key) is { IsPrivate: true } ? $"({pair.Value.Length} characters)" : pair.Value;
}
