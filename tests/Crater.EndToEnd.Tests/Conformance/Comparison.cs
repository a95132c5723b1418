using System.Text.Json.Nodes;

namespace Crater.EndToEnd.Tests.Conformance;

/// <summary>What was asked against what was found; empty when all of it agrees.</summary>
internal sealed class Comparison
{
    private readonly Expectation _asked;
    private readonly ConformanceResult _found;
    private readonly List<string> _differences = [];

    private Comparison(Expectation asked, ConformanceResult found)
    {
        _asked = asked;
        _found = found;
    }

    public static IReadOnlyList<string> Of(Expectation asked, ConformanceResult found)
    {
        var comparison = new Comparison(asked, found);
        comparison.Whole();
        return comparison._differences;
    }

    private void Whole()
    {
        Expect("exit", $"{_asked.Facts["exit"]}", $"{_found.Exit}");
        Journal();
        foreach (var (name, text) in _asked.Facts["files"] as JsonObject ?? [])
        {
            Left(name, text);
        }

        var said = _found.Said + _found.Files.GetValueOrDefault("chaostoolkit.log");
        foreach (var text in _asked.Texts("says").Where(text => !said.Contains(_found.Words.Fill(text), StringComparison.OrdinalIgnoreCase)))
        {
            _differences.Add($"says: asked '{text}', found it nowhere");
        }
    }

    private void Journal()
    {
        if (_asked.Facts["journal"] is not JsonObject asked)
        {
            // A text here is a journal that cannot be read, which only the real engine writes.
            Expect("journal", _asked.Facts["journal"] is null ? "none" : "a broken one", _found.JournalText is null ? "none" : _found.Journal is null ? "a broken one" : "one");
        }
        else if (_found.Journal is not JsonObject journal)
        {
            _differences.Add($"journal: asked one, found {(_found.JournalText is null ? "none" : "a broken one")}");
        }
        else
        {
            _differences.AddRange(JournalComparison.Of(asked, journal, _found.Words));
            // The real engine writes every secret into the dynamic configuration of its journal.
            if (_asked.IsComparable && !ConformanceRuns.IsOther)
            {
                _differences.AddRange(DocumentComparison.Of(asked["experiment"] as JsonObject, JsonNode.Parse(File.ReadAllText(_asked.Document))!.AsObject(), journal));
            }

            Seconds(journal);
        }
    }

    private void Seconds(JsonObject journal)
    {
        if (_asked.Facts["seconds"] is JsonObject bounds && (double?)journal["duration"] is { } seconds
            && (seconds < ((double?)bounds["least"] ?? 0) || seconds > ((double?)bounds["most"] ?? double.MaxValue)))
        {
            _differences.Add($"seconds: asked {bounds.ToJsonString()}, found {seconds}");
        }
    }

    private void Left(string name, JsonNode? asked)
    {
        var found = _found.Files.TryGetValue(name, out var text) ? text.TrimEnd('\n') : null;
        var wanted = asked switch
        {
            JsonArray lines => string.Join('\n', lines.Select(line => _found.Words.Fill((string)line!))),
            JsonValue value when value.TryGetValue<string>(out var whole) => _found.Words.Fill(whole),
            null => null,
            _ => found ?? "a file",     // true: any content
        };
        if (wanted != found)
        {
            _differences.Add($"files/{name}: asked {wanted ?? "none"}, found {found ?? "none"}");
        }
    }

    private void Expect(string what, string asked, string found)
    {
        if (asked != found)
        {
            _differences.Add($"{what}: asked {asked}, found {found}");
        }
    }
}
