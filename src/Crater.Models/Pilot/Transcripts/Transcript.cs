using System.Text.Json;
using System.Text.Json.Nodes;
using Crater.Models.Safety;

namespace Crater.Models.Pilot.Transcripts;

/// <summary>
/// The record of a session: one JSON object for every question, answer, call, decision, approval, result and act, in order. Secrets are taken out before anything is kept, and how many is kept.
/// </summary>
public sealed class Transcript(TimeProvider clock, Action<string>? write = null)
{
    /// <summary>A reader refuses a newer one.</summary>
    public const int Format = 1;

    private readonly List<JsonObject> _records = [];

    public IReadOnlyList<JsonObject> Records => _records;

    /// <summary>Secrets that were taken out.</summary>
    public int Redactions { get; private set; }

    /// <param name="kind">session, prompt, request, answer, call, policy, approval, world, taint, result, note or end.</param>
    public void Add(string kind, JsonObject body)
    {
        var before = Redactions;
        var record = new JsonObject { ["n"] = _records.Count + 1, ["at"] = clock.GetUtcNow().ToString("O", System.Globalization.CultureInfo.InvariantCulture), ["kind"] = kind };
        foreach (var (name, value) in body)
        {
            record[name] = Clean(value);
        }

        if (Redactions > before)
        {
            record["redactions"] = Redactions - before;
        }

        _records.Add(record);
        write?.Invoke(record.ToJsonString());
    }

    private JsonNode? Clean(JsonNode? node) => node switch
    {
        JsonObject map => new JsonObject(map.Select(pair => KeyValuePair.Create(pair.Key, Clean(pair.Value)))),
        JsonArray list => new JsonArray([.. list.Select(Clean)]),
        JsonValue value when value.GetValueKind() == JsonValueKind.String => Clean(value.GetValue<string>()),
        _ => node?.DeepClone(),
    };

    private JsonValue? Clean(string text)
    {
        var (clean, found) = SecretScan.Redact(text);
        Redactions += found;
        return JsonValue.Create(clean);
    }
}
