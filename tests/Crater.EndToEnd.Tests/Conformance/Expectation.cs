using System.Text.Json.Nodes;

namespace Crater.EndToEnd.Tests.Conformance;

/// <summary>
/// What a document of the corpus comes to: one file <c>NAME.expect.json</c> beside <c>NAME.json</c> or <c>NAME.yaml</c>; further cases of the same document are
/// called <c>NAME.case.expect.json</c> and name it in <c>document</c>. In every text <c>@HERE@</c> is the working directory, <c>@BASE@</c> and <c>@HOST@</c> the
/// corpus' server, <c>@UNIQUE@</c> a word of this run only, and <c>@ANY@</c> whatever is found. Of the keys
/// <list type="bullet">
/// <item><c>covers</c> are rows of <c>rows.txt</c>;</item>
/// <item><c>globals</c>, <c>verb</c> (run), <c>source</c> (the document), <c>arguments</c> make the command line; <c>environment</c> and <c>with</c> (files) what it finds;</item>
/// <item><c>signal</c> is sent when the file <c>after</c> has appeared; <c>needs</c> names a program without which there is nothing to compare;</item>
/// <item><c>exit</c>, <c>journal</c> (null: there is none; at <c>journalPath</c>), <c>files</c> (text, lines, true: there, null: not there), <c>says</c> (texts of
/// console or log, in any case), <c>seconds</c> (bounds of the journal's duration) are asked for;</item>
/// <item><c>differs</c> says where this engine is not the real one, and <c>theirs</c> what that one comes to; <c>recorded: false</c> was written by hand from the
/// tables, all else was recorded from the real engine.</item>
/// </list>
/// </summary>
internal sealed record Expectation(string Name, string Document, JsonObject Facts)
{
    private const string Suffix = ".expect.json";

    public static string Corpus { get; } = Path.Combine(AppContext.BaseDirectory, "Conformance", "corpus");

    /// <summary>All cases by name, in the order of their names.</summary>
    public static IReadOnlyList<Expectation> All { get; } = [.. Directory.EnumerateFiles(Corpus, "*" + Suffix, SearchOption.AllDirectories).Order(StringComparer.Ordinal).Select(Read)];

    public IReadOnlyList<string> Covers => Texts("covers");

    /// <summary>The command line after the program's name.</summary>
    public IReadOnlyList<string> CommandLine => [.. Texts("globals"), Text("verb") ?? "run", Text("source") ?? Path.GetFileName(Document), .. Texts("arguments")];

    public IEnumerable<KeyValuePair<string, string>> Environment => Map("environment");

    /// <summary>Files beside the document.</summary>
    public IEnumerable<KeyValuePair<string, string>> With => Map("with");

    public (string Name, string After)? Signal => Facts["signal"] is JsonObject signal ? ((string)signal["name"]!, (string)signal["after"]!) : null;

    public string? Needs => Text("needs");

    public string JournalPath => Text("journalPath") ?? "journal.json";

    public bool IsRecorded => (bool?)Facts["recorded"] ?? true;

    /// <summary>Whether the document of the journal can be compared with the one on disk.</summary>
    public bool IsComparable => Text("source") is null && Document.EndsWith(".json", StringComparison.Ordinal);

    /// <summary>What the real engine comes to.</summary>
    public Expectation OfTheirs()
    {
        if (Facts["theirs"] is not JsonObject theirs)
        {
            return this;
        }

        var facts = (JsonObject)Facts.DeepClone();
        facts.Remove("says");
        foreach (var (key, value) in theirs)
        {
            facts[key] = value?.DeepClone();
        }

        return this with { Facts = facts };
    }

    public IReadOnlyList<string> Texts(string key) => Facts[key] is JsonArray list ? [.. list.Select(item => (string)item!)] : [];

    private static Expectation Read(string path)
    {
        var facts = JsonNode.Parse(File.ReadAllText(path))!.AsObject();
        var name = Path.GetRelativePath(Corpus, path)[..^Suffix.Length];
        var folder = Path.GetDirectoryName(path)!;
        var document = (string?)facts["document"] is { } named
            ? Path.Combine(folder, named)
            : Directory.EnumerateFiles(folder, Path.GetFileName(name) + ".*").Single(file => !file.EndsWith(Suffix, StringComparison.Ordinal));
        return new Expectation(name, document, facts);
    }

    private string? Text(string key) => (string?)Facts[key];

    private IEnumerable<KeyValuePair<string, string>> Map(string key) =>
        Facts[key] is JsonObject map ? map.Select(pair => KeyValuePair.Create(pair.Key, (string)pair.Value!)) : [];
}
