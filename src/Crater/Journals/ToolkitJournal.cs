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

    private static readonly JsonWriterOptions Written = new() { Indented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <param name="platform">Description of the operating system on which the run was driven.</param>
    public static JsonObject Make(Experiment experiment, IReadOnlyList<JournalEvent> events, string platform) =>
        (JsonObject)ToolkitText.Tree(writer => Write(writer, experiment, events, platform))!;

    /// <summary>The journal as the file's text: indented by two, non-ASCII kept.</summary>
    public static string Text(Experiment experiment, IReadOnlyList<JournalEvent> events, string platform)
    {
        using var bytes = new MemoryStream();
        Write(bytes, experiment, events, platform);
        return Encoding.UTF8.GetString(bytes.GetBuffer(), 0, (int)bytes.Length);
    }

    /// <summary>Writes the file entry by entry, so that a long run needs no second copy of itself.</summary>
    public static void Write(Stream stream, Experiment experiment, IReadOnlyList<JournalEvent> events, string platform)
    {
        using (var writer = new Utf8JsonWriter(stream, Written))
        {
            Write(writer, experiment, events, platform);
        }

        stream.WriteByte((byte)'\n');
    }

    private static void Write(Utf8JsonWriter writer, Experiment experiment, IReadOnlyList<JournalEvent> events, string platform)
    {
        var book = ToolkitBook.Of(experiment, events);
        var secrets = experiment.Secrets;
        if (book.Overwritten.Length > 0)
        {
            ToolkitText.WriteJson(writer, book.Overwritten, secrets);
            return;
        }

        var outcome = book.State.ToolkitEnd();
        writer.WriteStartObject();
        writer.WriteString("chaoslib-version", SchemaVersion);
        writer.WriteString("platform", platform);
        writer.WriteString("node", book.State.Plan?.StartedBy.Split('@')[^1] ?? "");
        writer.WritePropertyName("experiment");
        book.Document.WriteTo(writer);
        writer.WriteString("start", ToolkitText.Time(book.Start));
        writer.WriteString("status", outcome.Status);
        writer.WriteBoolean("deviated", outcome.Deviated);
        writer.WritePropertyName("steady_states");
        book.States.Write(writer, secrets);
        writer.WritePropertyName("run");
        book.Runs.Write(writer, isRollback: false, secrets);
        writer.WritePropertyName("rollbacks");
        book.Runs.Write(writer, isRollback: true, secrets);
        writer.WriteString("end", ToolkitText.Time(book.End));
        ToolkitText.WriteSeconds(writer, "duration", book.End - book.Start);
        writer.WriteEndObject();
    }
}
