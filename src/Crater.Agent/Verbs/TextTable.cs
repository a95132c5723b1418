namespace Crater.Agent.Verbs;

/// <summary>Plain aligned columns.</summary>
internal static class TextTable
{
    /// <summary>A longer cell is cut; <c>--json</c> has all of it.</summary>
    private const int CellMax = 60;

    public static void Write(TextWriter output, IReadOnlyList<string> columns, IReadOnlyList<IReadOnlyList<string>> rows)
    {
        var cells = rows.Prepend(columns).Select(row => row.Select(Cell).ToList()).ToList();
        var widths = columns.Select((_, column) => cells.Max(row => row[column].Length)).ToList();
        foreach (var row in cells)
        {
            output.WriteLine(string.Join("  ", row.Select((cell, column) => cell.PadRight(widths[column]))).TrimEnd());
        }
    }

    private static string Cell(string text)
    {
        var line = text.ReplaceLineEndings(" ");
        return line.Length <= CellMax ? line : line[..(CellMax - 1)] + "…";
    }
}
