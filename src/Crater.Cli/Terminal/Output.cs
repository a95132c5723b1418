using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Crater.Diagnostics;
using Crater.Models.Safety;

namespace Crater.Cli.Terminal;

/// <summary>What a verb says: results to standard output, everything else to standard error; with --json one document and nothing beside it. Names and answers of others
/// are part of it, so no control sequence gets to the terminal.</summary>
internal sealed class Output(Surroundings surroundings, bool json, bool verbose)
{
    private static readonly JsonWriterOptions Indented = new() { Indented = true, Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public bool IsJson => json;

    public bool IsVerbose => verbose;

    /// <summary>Whether live tables may be drawn.</summary>
    public bool IsLive => surroundings.IsTerminal && !json;

    /// <summary>A line of the result; not said under --json.</summary>
    public void Line(string text = "")
    {
        if (!json)
        {
            surroundings.Out.WriteLine(PlainText.WithoutControls(text));
        }
    }

    /// <summary>The result as one JSON document; not said without --json.</summary>
    public void Document(JsonNode document) => Document(writer => document.WriteTo(writer));

    /// <summary>The same for a document that need not become a tree first.</summary>
    public void Document(Action<Utf8JsonWriter> write)
    {
        if (json)
        {
            var bytes = new ArrayBufferWriter<byte>();
            using (var writer = new Utf8JsonWriter(bytes, Indented))
            {
                write(writer);
            }

            surroundings.Out.WriteLine(Visible(Encoding.UTF8.GetString(bytes.WrittenSpan)));
        }
    }

    /// <summary>Something that a person should know and a script need not.</summary>
    public void Note(string text) => surroundings.Error.WriteLine(PlainText.WithoutControls(text));

    /// <summary>Said with --verbose alone.</summary>
    public void Detail(string text)
    {
        if (verbose)
        {
            Note(text);
        }
    }

    /// <summary>Each problem on a line of its own: every one, never only the first.</summary>
    public void Problems(IEnumerable<Problem> problems)
    {
        foreach (var problem in problems)
        {
            Note($"{(problem.IsWarning ? "warning" : "error")} {problem}");
        }
    }

    /// <summary>JSON in which what turns the direction of writing or has no width is escaped, as the serializer escapes control characters; it stands in strings alone, so that the value is the same.</summary>
    private static string Visible(string json) =>
        json.Any(c => char.GetUnicodeCategory(c) == UnicodeCategory.Format)
            ? string.Concat(json.Select(c => char.GetUnicodeCategory(c) == UnicodeCategory.Format ? $"\\u{(int)c:x4}" : c.ToString()))
            : json;

    public void Failed(CraterException error)
    {
        if (json)
        {
            Document(new JsonObject { ["error"] = ErrorJson(error) });
            return;
        }

        Note($"error {error.Code}: {error.Message}");
        Problems(error.Problems);
        for (var cause = error.InnerException; verbose && cause is not null; cause = cause.InnerException)
        {
            Note($"  caused by {cause.GetType().Name}: {cause.Message}");
        }
    }

    private static JsonObject ErrorJson(CraterException error) => new()
    {
        ["code"] = error.Code,
        ["message"] = error.Message,
        ["problems"] = new JsonArray([.. error.Problems.Select(problem => (JsonNode)ProblemJson(problem))]),
    };

    public static JsonObject ProblemJson(Problem problem) => new()
    {
        ["path"] = problem.Path,
        ["code"] = problem.Code,
        ["message"] = problem.Message,
        ["line"] = problem.Line,
        ["column"] = problem.Column,
        ["warning"] = problem.IsWarning,
    };
}
