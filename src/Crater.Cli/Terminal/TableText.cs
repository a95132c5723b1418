using Crater.Discovery;
using Crater.Models.Safety;
using Spectre.Console;

namespace Crater.Cli.Terminal;

/// <summary>A table as wide as its reader's terminal; plain aligned columns where nobody watches.</summary>
internal static class TableText
{
    /// <summary>Characters that a column needs to be read; with less for each, a row is written from top to bottom.</summary>
    private const int ColumnMin = 8;

    public static void Write(InventoryTable table, Surroundings surroundings, Output output)
    {
        if (output.IsLive)
        {
            AnsiConsole.Write(AnsiConsole.Profile.Width < ColumnMin * table.Columns.Count ? Upright(table) : Drawn(table));
            return;
        }

        var widths = table.Columns.Select((column, i) => table.Rows.Select(row => row[i].Length).Append(column.Length).Max()).ToArray();
        foreach (var row in table.Rows.Prepend(table.Columns))
        {
            output.Line(string.Join("  ", row.Select((cell, i) => cell.PadRight(widths[i]))).TrimEnd());
        }
    }

    private static Table Upright(InventoryTable table)
    {
        var drawn = new Table().Border(TableBorder.Rounded).HideHeaders().AddColumn(new TableColumn("").NoWrap()).AddColumn("");
        foreach (var row in table.Rows)
        {
            if (drawn.Rows.Count > 0)
            {
                drawn.AddEmptyRow();
            }

            foreach (var (name, cell) in table.Columns.Zip(row).Where(pair => pair.Second.Length > 0))
            {
                drawn.AddRow($"[bold]{Markup.Escape(name)}[/]", Markup.Escape(PlainText.WithoutControls(cell)));
            }
        }

        return drawn;
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
            drawn.AddRow([.. row.Select(cell => Markup.Escape(PlainText.WithoutControls(cell)))]);
        }

        return drawn;
    }
}
