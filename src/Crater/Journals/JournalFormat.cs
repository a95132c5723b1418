using System.Text.Json;
using Crater.Diagnostics;

namespace Crater.Journals;

/// <summary>What was read from an <c>events.jsonl</c>.</summary>
/// <param name="TornBytes">Length of a last line that a crash had cut; 0 when there was none. Its act had not begun.</param>
/// <param name="WholeBytes">Where the next line goes.</param>
internal sealed record JournalText(IReadOnlyList<JournalEvent> Events, long TornBytes, long WholeBytes);

/// <summary>Reads and writes the lines of <c>events.jsonl</c>; docs/journal-format.md describes them.</summary>
public static class JournalFormat
{
    /// <summary>Raised when a line gets another meaning; a reader refuses a newer one.</summary>
    public const int Current = 1;

    /// <exception cref="CraterException">CRT4002: written by a newer version. CRT4003: damaged in the middle.</exception>
    internal static JournalText Read(ReadOnlySpan<byte> content, string name)
    {
        List<JournalEvent> events = [];
        var at = 0;
        while (at < content.Length)
        {
            var end = content[at..].IndexOf((byte)'\n');
            if (end < 0)
            {
                break;      // cut by a crash, or being written this moment
            }

            var line = content.Slice(at, end);
            var isLast = at + end + 1 >= content.Length;
            if (Parse(line, events.Count + 1, name, isLast) is not { } entry)
            {
                break;
            }

            events.Add(entry);
            at += end + 1;
        }

        return new JournalText(events, content.Length - at, at);
    }

    private static JournalEvent? Parse(ReadOnlySpan<byte> line, int number, string name, bool isLast)
    {
        try
        {
            if (number == 1)
            {
                RefuseNewer(line, name);
            }

            var entry = JsonSerializer.Deserialize(line, JournalJson.Default.JournalEvent);
            return entry?.Number == number ? entry : throw Damaged(name, number, $"it carries the number {entry?.Number}");
        }
        catch (Exception e) when (e is JsonException or NotSupportedException)
        {
            // After a power cut the last line may be there in length but not in content.
            return isLast ? null : throw Damaged(name, number, e.Message);
        }
    }

    private static void RefuseNewer(ReadOnlySpan<byte> line, string name)
    {
        var reader = new Utf8JsonReader(line);
        using var document = JsonDocument.ParseValue(ref reader);
        if (document.RootElement.TryGetProperty("format", out var format) && format.TryGetInt32(out var version) && version > Current)
        {
            throw new CraterException("CRT4002",
                $"The journal {name} has format {version}; this craterctl reads up to {Current}. Use the craterctl that wrote it, or a newer one.");
        }
    }

    private static CraterException Damaged(string name, int number, string why) => new("CRT4003",
        $"The journal {name} is damaged in line {number}: {why}. What it did is not known: look at the targets, then move the run folder away.");
}
