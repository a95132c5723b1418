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
        var (clean, found) = Redaction.Counted(body);
        var record = (JsonObject)clean!;
        record.Insert(0, "n", _records.Count + 1);
        record.Insert(1, "at", clock.GetUtcNow().ToString("O", System.Globalization.CultureInfo.InvariantCulture));
        record.Insert(2, "kind", kind);
        if (found > 0)
        {
            Redactions += found;
            record["redactions"] = found;
        }

        _records.Add(record);
        write?.Invoke(record.ToJsonString());
    }
}
