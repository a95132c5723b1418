using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Crater.Documents;
using Crater.Experiments;

namespace Crater.Journals;

/// <summary>
/// A run as a journal.json in Chaos Toolkit's schema, for whatever reads those. A pure function of the experiment and the run's events; secrets
/// are masked. An injection stands there as its activity, with what each target got as its output.
/// </summary>
public static class ToolkitJournal
{
    /// <summary>The version of chaostoolkit-lib whose schema this is; readers of journals choose by it.</summary>
    public const string SchemaVersion = "1.45.0";

    /// <param name="platform">Description of the operating system on which the run was driven.</param>
    public static JsonObject Make(Experiment experiment, IReadOnlyList<JournalEvent> events, string platform)
    {
        var document = Document(experiment);
        var activities = new ToolkitActivities(document, experiment);
        var plan = events.OfType<RunPlanned>().FirstOrDefault();
        var (start, end) = (events.Count > 0 ? events[0].At : default, events.Count > 0 ? events[^1].At : default);
        var states = new ToolkitStates(activities).Of(events);
        var after = states["after"]?["steady_state_met"];
        var journal = new JsonObject
        {
            ["chaoslib-version"] = SchemaVersion,
            ["platform"] = platform,
            ["node"] = plan?.StartedBy.Split('@')[^1] ?? "",
            ["experiment"] = document,
            ["start"] = Time(start),
            ["status"] = Status(events, states),
            ["deviated"] = after is not null && after.GetValueKind() == JsonValueKind.False,
            ["steady_states"] = states,
            ["run"] = new JsonArray([.. new ToolkitRuns(activities).Of(events, isRollback: false)]),
            ["rollbacks"] = new JsonArray([.. new ToolkitRuns(activities).Of(events, isRollback: true)]),
            ["end"] = Time(end),
            ["duration"] = Seconds(end - start),
        };
        return (JsonObject)experiment.Secrets.Mask(journal)!;
    }

    /// <summary>The journal as the file's text: indented by two, non-ASCII kept.</summary>
    public static string Text(Experiment experiment, IReadOnlyList<JournalEvent> events, string platform)
    {
        var bytes = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(bytes, new JsonWriterOptions { Indented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            Make(experiment, events, platform).WriteTo(writer);
        }

        return Encoding.UTF8.GetString(bytes.WrittenSpan) + "\n";
    }

    internal static string Time(DateTimeOffset at) => at.ToUniversalTime().ToString("yyyy-MM-dd'T'HH:mm:ss.ffffff'+00:00'", CultureInfo.InvariantCulture);

    internal static double Seconds(TimeSpan span) => Math.Round(span.TotalSeconds, 6);

    // The document as it was read. Literal secrets are in it, short ones too, which no mask would find.
    private static JsonObject Document(Experiment experiment)
    {
        var format = experiment.SourceFormat == "json" ? DocumentFormat.Json : DocumentFormat.Yaml;
        var document = DocumentReader.Read(experiment.Source, format).Root?.ToJson() as JsonObject ?? [];
        if (document["secrets"] is JsonObject secrets)
        {
            document["secrets"] = Hidden(secrets);
        }

        document["title"] = experiment.Title;
        document["dry"] = null;
        return document;
    }

    private static JsonNode? Hidden(JsonNode? secret) => secret switch
    {
        JsonObject map when map["type"]?.GetValueKind() == JsonValueKind.String => map.DeepClone(),
        JsonObject map => new JsonObject(map.Select(pair => KeyValuePair.Create(pair.Key, Hidden(pair.Value)))),
        _ => JsonValue.Create(Secrets.Masked),
    };

    private static string Status(IReadOnlyList<JournalEvent> events, JsonObject states)
    {
        if (events.Any(entry => entry is AbortRequested or GuardTripped))
        {
            return "interrupted";
        }

        if (events.Any(entry => entry is RunInterrupted or RunTakenOver) || !events.Any(entry => entry is VerdictReached))
        {
            return "aborted";
        }

        // A probe that could not tell is, in that schema, a probe that failed.
        return new[] { "before", "after" }.Any(when => states[when] is JsonObject state && state["steady_state_met"] is null) ? "failed" : "completed";
    }
}
