using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Crater.Experiments;

namespace Crater.Journals;

/// <summary>One play of an activity as it stands in journal.json: a run entry, or a probe of a hypothesis' state.</summary>
internal sealed class ToolkitEntry(JsonObject activity, DateTimeOffset start)
{
    /// <summary>succeeded or failed; empty for an activity that was cut.</summary>
    public string Status { get; set; } = "";

    /// <summary>As JSON text; empty for null.</summary>
    public string Output { get; set; } = "";

    public IReadOnlyList<string> Exception { get; set; } = [];

    /// <summary>Null while nobody knows its end.</summary>
    public TimeSpan? Took { get; set; }

    /// <summary>Null outside of a hypothesis.</summary>
    public bool? IsToleranceMet { get; init; }

    /// <summary>What a control put in its place, as JSON text; empty when none did.</summary>
    public string Overwritten { get; set; } = "";

    public DateTimeOffset Start => start;

    public JsonObject Activity => activity;

    public static ToolkitEntry Of(JsonObject activity, ProbeMeasured probe)
    {
        var hasFailed = probe.Met is null || probe.Exception.Count > 0;
        return new ToolkitEntry(activity, probe.Began ?? probe.At)
        {
            Status = hasFailed ? "failed" : "succeeded",
            Output = hasFailed ? "" : probe.Output.Length > 0 ? probe.Output : probe.Seen,
            Exception = probe.Exception.Count > 0 ? probe.Exception : hasFailed ? [probe.Seen] : [],
            Took = TimeSpan.FromSeconds(probe.Seconds),
            IsToleranceMet = probe.Met ?? false,
        };
    }

    public void End(ActivityFinished finished)
    {
        var hasFailed = finished.Status != "succeeded";
        (Status, Took) = (finished.Status, TimeSpan.FromSeconds(finished.Seconds));
        Output = hasFailed ? "" : finished.Output;
        Exception = finished.Exception.Count > 0 ? finished.Exception : hasFailed ? [finished.Output] : [];
    }

    /// <summary>It came to no end of its own: no status, no output.</summary>
    public void Cut(TimeSpan took) => Took = took;

    /// <summary>As controls are shown it. What is in it was masked before.</summary>
    public JsonNode? Json() => ToolkitText.Tree(writer => Write(writer, Secrets.None));

    public void Write(Utf8JsonWriter writer, Secrets secrets)
    {
        if (Overwritten.Length > 0)
        {
            ToolkitText.WriteJson(writer, Overwritten, secrets);
            return;
        }

        writer.WriteStartObject();
        writer.WritePropertyName("activity");
        activity.WriteTo(writer);
        writer.WritePropertyName("output");
        ToolkitText.WriteJson(writer, Output, secrets);
        writer.WriteString("start", ToolkitText.Time(start));
        if (Status.Length > 0)
        {
            writer.WriteString("status", Status);
        }

        if (Exception.Count > 0)
        {
            writer.WriteStartArray("exception");
            foreach (var line in Exception)
            {
                writer.WriteStringValue(secrets.Mask(line));
            }

            writer.WriteEndArray();
        }

        if (Took is { } took)
        {
            writer.WriteString("end", ToolkitText.Time(start + took));
            ToolkitText.WriteSeconds(writer, "duration", took);
        }

        if (IsToleranceMet is { } met)
        {
            writer.WriteBoolean("tolerance_met", met);
        }

        writer.WriteEndObject();
    }
}

/// <summary>How journal.json writes what it holds.</summary>
internal static class ToolkitText
{
    public static string Time(DateTimeOffset at) => at.ToUniversalTime().ToString("yyyy-MM-dd'T'HH:mm:ss.ffffff'+00:00'", CultureInfo.InvariantCulture);

    /// <summary>Seconds to the microsecond, with a point even where nothing follows it: readers in typed languages expect a fraction.</summary>
    public static void WriteSeconds(Utf8JsonWriter writer, string name, TimeSpan span)
    {
        writer.WritePropertyName(name);
        writer.WriteRawValue(Math.Round(span.TotalSeconds, 6).ToString("0.0#####", CultureInfo.InvariantCulture), skipInputValidation: true);
    }

    /// <summary>Text that is JSON as that, any other as a string, none as null; secrets masked.</summary>
    public static void WriteJson(Utf8JsonWriter writer, string text, Secrets secrets)
    {
        if (text.Length == 0)
        {
            writer.WriteNullValue();
            return;
        }

        var masked = secrets.Mask(text);
        try
        {
            using var json = JsonDocument.Parse(masked, new JsonDocumentOptions { MaxDepth = 512 });
            json.RootElement.WriteTo(writer);
        }
        catch (JsonException)
        {
            writer.WriteStringValue(masked);
        }
    }

    /// <summary>What is written, as a tree.</summary>
    public static JsonNode? Tree(Action<Utf8JsonWriter> write)
    {
        using var bytes = new MemoryStream();
        using (var writer = new Utf8JsonWriter(bytes))
        {
            write(writer);
        }

        return JsonNode.Parse(bytes.GetBuffer().AsSpan(0, (int)bytes.Length));
    }
}
