using System.Text;

namespace Crater.Reports;

/// <summary>A sequence as Mermaid text.</summary>
internal static class MermaidSequence
{
    public static string Write(Sequence sequence)
    {
        var text = new StringBuilder("sequenceDiagram\n");
        for (var index = 0; index < sequence.Participants.Count; index++)
        {
            text.Append($"    participant P{index} as {Plain(sequence.Participants[index])}\n");
        }

        foreach (var step in sequence.Steps)
        {
            var arrow = step.IsReply ? "-->>" : "->>";
            text.Append($"    {Id(sequence, step.From)}{arrow}{Id(sequence, step.To)}: {Plain($"{step.Offset} {step.Text}".Trim())}\n");
        }

        return text.ToString();
    }

    private static string Id(Sequence sequence, string name) => $"P{Math.Max(0, sequence.Participants.ToList().IndexOf(name))}";

    // Mermaid ends a message at a semicolon or a line break, reads # as the begin of an entity and lets HTML through.
    private static string Plain(string text)
    {
        var plain = text.ReplaceLineEndings(" ").Replace("#", "#35;").Replace("<", "#lt;").Replace(">", "#gt;").Replace("`", "'");
        return plain.Replace("#35;", "\u0001").Replace("#lt;", "\u0002").Replace("#gt;", "\u0003").Replace(";", ",")
            .Replace("\u0001", "#35;").Replace("\u0002", "#lt;").Replace("\u0003", "#gt;");
    }
}
