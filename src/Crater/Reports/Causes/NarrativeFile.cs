using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Crater.Diagnostics;
using Crater.Journals;

namespace Crater.Reports.Causes;

/// <summary>
/// A model's narrative in the run folder. Its hash stands in the journal, and a report takes the file only as long as it has that hash; so a report is a function of the folder although a model
/// would not say the same thing twice.
/// </summary>
public static class NarrativeFile
{
    public const string Name = "narrative.json";

    private const int Format = 1;

    /// <value>Unit: bytes. Forty statements of the greatest length are less.</value>
    private const int SizeMax = 256 * 1024;

    // Letters of every script stay readable; what matters in HTML is escaped all the same.
    private static readonly JsonSerializerOptions Readable = new() { WriteIndented = true, Encoder = JavaScriptEncoder.Default };

    /// <summary>Keeps it, in the place of one that may be there.</summary>
    /// <exception cref="CraterException">CRT7360: a living process still writes the run. CRT4001, CRT4004: the folder cannot be written.</exception>
    public static void Keep(RunFolder folder, Narrative narrative)
    {
        using var held = folder.TryHold() ?? throw new CraterException("CRT7360",
            $"{folder.Run} is still going on (process {folder.Holder()}), so nothing is written about its cause yet. Ask again when it has ended; 'craterctl status {folder.Run}' shows where it stands.");
        var hash = folder.Write(Name, Text(narrative));
        using var journal = folder.OpenJournal();
        journal.Append(new FilesSealed(new Dictionary<string, string> { [Name] = hash }));
    }

    /// <summary>The narrative that is kept; null when there is none, or none that can be taken.</summary>
    /// <param name="journal">Every event of the run.</param>
    /// <param name="missing">Told why one that is there is not taken.</param>
    internal static Narrative? Read(RunFolder folder, IEnumerable<JournalEvent> journal, List<string> missing)
    {
        var path = folder.PathOf(Name);
        if (!File.Exists(path))
        {
            return null;
        }

        var wanted = journal.OfType<FilesSealed>().Select(sealing => sealing.Files.GetValueOrDefault(Name)).LastOrDefault(hash => hash is not null);
        if (new FileInfo(path).Length > SizeMax || wanted is null || folder.Hashes([Name])[Name] != wanted)
        {
            missing.Add($"{Name} of the run folder is not the one whose hash the journal has, so a model's words about the cause are left out.");
            return null;
        }

        if (Parse(File.ReadAllText(path)) is { } narrative)
        {
            return narrative;
        }

        missing.Add($"{Name} of the run folder is damaged or of a newer version, so a model's words about the cause are left out.");
        return null;
    }

    private static string Text(Narrative narrative) => new JsonObject
    {
        ["format"] = Format,
        ["model"] = narrative.Model,
        ["prompt"] = narrative.Prompt,
        ["conclusion"] = narrative.Conclusion.ToString(),
        ["weakness"] = narrative.Weakness,
        ["confidence"] = narrative.Confidence.ToString(),
        ["statements"] = new JsonArray([.. narrative.Statements.Select(statement => (JsonNode?)new JsonObject
        {
            ["part"] = statement.Part.ToString(),
            ["text"] = statement.Text,
            ["cites"] = new JsonArray([.. statement.Cites.Select(id => (JsonNode?)JsonValue.Create(id))]),
        })]),
    }.ToJsonString(Readable) + "\n";

    private static Narrative? Parse(string text)
    {
        try
        {
            using var document = JsonDocument.Parse(text);
            var root = document.RootElement;
            string Text(JsonElement element, string name) => element.GetProperty(name).GetString() ?? throw new FormatException(name);
            T Of<T>(JsonElement element, string name) where T : struct, Enum =>
                Enum.TryParse<T>(Text(element, name), out var value) && Enum.IsDefined(value) ? value : throw new FormatException(name);
            return root.GetProperty("format").GetInt32() != Format ? null : new Narrative
            {
                Model = Text(root, "model"),
                Prompt = Text(root, "prompt"),
                Conclusion = Of<Conclusion>(root, "conclusion"),
                Weakness = Text(root, "weakness"),
                Confidence = Of<Confidence>(root, "confidence"),
                Statements =
                [
                    .. root.GetProperty("statements").EnumerateArray().Take(NarrativeCheck.StatementsMax).Select(item => new Statement(
                        Of<Part>(item, "part"), Text(item, "text"), [.. item.GetProperty("cites").EnumerateArray().Select(id => id.GetString() ?? "")])),
                ],
            };
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException or FormatException)
        {
            return null;
        }
    }
}
