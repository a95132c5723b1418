using System.Text.Json;
using System.Text.Json.Nodes;
using Crater.Models.Safety;
using Crater.Models.Structure;

namespace Crater.Models.Tools;

/// <summary>
/// Reads actions from plain text, one a line or several with commas between them: <c>KILL pod x ns, STRESS_API /cart?a=1,2 100</c>. A comma separates where a blank or another action follows, so
/// that one within an address does not. Words with blanks stand in quotes. Nothing is left out: what is no action is a call with a problem.
/// </summary>
internal sealed class ActionLines(IReadOnlyList<Tool> tools)
{
    /// <summary>Who writes more than this writes prose.</summary>
    private const int PiecesMax = 16;

    private const string Quotes = "\"'`";

    private readonly Dictionary<string, Tool> _actions = tools.ToDictionary(tool => tool.Action, StringComparer.OrdinalIgnoreCase);

    public IReadOnlyList<ToolCalls.Sorted> Parse(string text)
    {
        var pieces = PlainText.WithoutControls(text).Split('\n').Select(Bare).Where(line => line.Length > 0).SelectMany(Pieces).Select(piece => piece.Trim()).Where(piece => piece.Length > 0).ToArray();
        List<ToolCalls.Sorted> calls = [.. pieces.Take(PiecesMax).Select((piece, i) => Read(piece, $"line-{i + 1}"))];
        if (pieces.Length > PiecesMax)
        {
            calls.Add(Problem($"line-{PiecesMax + 1}", "", $"there are {pieces.Length - PiecesMax} more lines, and they were not read; write at most {PiecesMax} actions at once"));
        }

        return calls;
    }

    /// <summary>A line without what lists, fences and quotes put around it.</summary>
    private static string Bare(string line)
    {
        var bare = line.Trim();
        if (bare.StartsWith("```", StringComparison.Ordinal))
        {
            // A fence has no action; its language is no word of it.
            return bare.Length > 3 && bare.EndsWith("```", StringComparison.Ordinal) ? bare.Trim('`').Trim() : "";
        }

        bare = bare.TrimStart('-', '*', '•', '>').TrimStart();
        var digits = bare.TakeWhile(char.IsAsciiDigit).Count();
        bare = digits > 0 && digits < bare.Length && bare[digits] is '.' or ')' ? bare[(digits + 1)..].TrimStart() : bare;
        return bare.Length > 1 && Quotes.Contains(bare[0]) && bare[^1] == bare[0] && bare.IndexOf(bare[0], 1) == bare.Length - 1 ? bare[1..^1] : bare;
    }

    private IEnumerable<string> Pieces(string line)
    {
        var (start, quote) = (0, '\0');
        for (var i = 0; i < line.Length; i++)
        {
            if (quote != '\0')
            {
                quote = line[i] == quote ? '\0' : quote;
            }
            else if (OpensQuote(line, i))
            {
                quote = line[i];
            }
            else if (line[i] is ',' or ';' && Separates(line, start, i))
            {
                yield return line[start..i];
                start = i + 1;
            }
        }

        yield return line[start..];
    }

    private bool Separates(string line, int start, int at)
    {
        var next = FirstWord(line[(at + 1)..]);
        return _actions.ContainsKey(next)
            || ((at + 1 == line.Length || char.IsWhiteSpace(line[at + 1])) && !(_actions.TryGetValue(FirstWord(line[start..at]), out var tool) && tool.Parameters is [.., { TakesRest: true }]));
    }

    private ToolCalls.Sorted Read(string piece, string id)
    {
        var words = Words(piece);
        var action = words[0].TrimEnd(':');
        if (!_actions.TryGetValue(action, out var tool))
        {
            return Problem(id, action, $"there is no action '{PlainText.Prose(action, 40)}' (in '{PlainText.Prose(piece, 80)}'); there are {string.Join(", ", _actions.Keys)}");
        }

        var given = words.Skip(1).ToList();
        if (tool.Parameters is [.., { TakesRest: true }] && given.Count > tool.Parameters.Count)
        {
            var rest = string.Join(' ', given.Skip(tool.Parameters.Count - 1));
            given = [.. given.Take(tool.Parameters.Count - 1), rest];
        }

        var needed = tool.Parameters.Count(parameter => !parameter.IsOptional);
        if (given.Count < needed || given.Count > tool.Parameters.Count)
        {
            return Problem(id, tool.Name, $"{tool.Action} takes {Count(needed, tool.Parameters.Count)}, and {given.Count} {(given.Count == 1 ? "was" : "were")} given; it is {tool.Line.Split(": ", 2)[0]}");
        }

        var arguments = new JsonObject();
        List<string> problems = [];
        for (var i = 0; i < tool.Parameters.Count; i++)
        {
            JsonNode? value = null;
            if (i < given.Count && tool.Parameters[i].TryRead(given[i], out value) is { } problem)
            {
                problems.Add(problem);
            }

            arguments[tool.Parameters[i].Name] = value;
        }

        return problems.Count > 0
            ? Problem(id, tool.Name, string.Join("; ", problems))
            : ToolCalls.Sort([new ToolCall(id, tool.Name, arguments.ToJsonString())], [tool.Offer])[0];
    }

    private static ToolCalls.Sorted Problem(string id, string name, string problem) => new(new ToolCall(id, name, "{}"), null, problem);

    private static string Count(int min, int max) => max == 0 ? "no words" : min == max ? $"{min} word{(min == 1 ? "" : "s")}" : $"{min} to {max} words";

    private static List<string> Words(string piece)
    {
        List<string> words = [];
        for (var i = 0; i < piece.Length;)
        {
            if (char.IsWhiteSpace(piece[i]))
            {
                i++;
                continue;
            }

            var isQuoted = OpensQuote(piece, i);
            var end = isQuoted ? piece.IndexOf(piece[i], i + 1) : i;
            while (!isQuoted && end < piece.Length && !char.IsWhiteSpace(piece[end]))
            {
                end++;
            }

            words.Add(isQuoted ? piece[(i + 1)..end] : piece[i..end]);
            i = isQuoted ? end + 1 : end;
        }

        return words;
    }

    /// <summary>A quote at the start of a word, with one that closes it; an apostrophe within a word is none.</summary>
    private static bool OpensQuote(string text, int at) =>
        Quotes.Contains(text[at]) && (at == 0 || char.IsWhiteSpace(text[at - 1])) && text.IndexOf(text[at], at + 1) > at;

    private static string FirstWord(string text) => text.TrimStart().Split([' ', '\t', ',', ';', ':'], 2)[0];
}
