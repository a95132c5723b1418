using Crater.Discovery;
using Spectre.Console;

namespace Crater.Cli.Terminal;

/// <summary>A table as wide as its reader's terminal; plain aligned columns where nobody watches.</summary>
internal static class TableText
{
    public static void Write(InventoryTable table, Surroundings surroundings, Output output)
    {
        if (output.IsLive)
        {
            AnsiConsole.Write(Drawn(table));
            return;
        }

        var widths = table.Columns.Select((column, i) => table.Rows.Select(row => row[i].Length).Append(column.Length).Max()).ToArray();
        foreach (var row in table.Rows.Prepend(table.Columns))
        {
            output.Line(string.Join("  ", row.Select((cell, i) => cell.PadRight(widths[i]))).TrimEnd());
        }
    }

    private static Table Drawn(InventoryTable table)
    {
        var drawn = new Table().Border(TableBorder.Rounded);
        foreach (var column in table.Columns)
        {
            drawn.AddColumn(new TableColumn($"[bold]{Markup.Escape(column)}[/]"));
        }

        foreach (var row in table.Rows)
        {
            drawn.AddRow([.. row.Select(cell => Markup.Escape(cell))]);
        }

        return drawn;
    }
}
