using System.Text;

namespace Crater.Cli.Chaos.Syntax;

/// <summary>A command's help in the form of the tool's: 80 columns, what an option does beside it or below it.</summary>
internal static class HelpText
{
    private const int Width = 78;
    private const int NamesMax = 30;

    public static string Of(ChaosSyntax syntax)
    {
        var text = new StringBuilder(syntax.Usage).Append("\n\n");
        if (syntax.Help.Length > 0)
        {
            text.AppendJoin('\n', Wrapped(syntax.Help, Width - 2).Select(line => $"  {line}".TrimEnd())).Append("\n\n");
        }

        text.Append("Options:\n");
        Table(text, [.. OptionSet.Of(syntax).Select(option => ($"{option.Name} {option.Metavar}".TrimEnd(), option.Help))]);
        if (syntax.Commands.Count > 0)
        {
            text.Append("\nCommands:\n");
            Table(text, [.. syntax.Commands.OrderBy(command => command.Name, StringComparer.Ordinal).Select(command => (command.Name, Summary(command.Help)))]);
        }

        return text.ToString().TrimEnd('\n');
    }

    private static void Table(StringBuilder text, (string Name, string Help)[] rows)
    {
        var column = Math.Min(rows.Max(row => row.Name.Length), NamesMax) + 2;
        foreach (var (name, help) in rows)
        {
            var lines = Wrapped(help, Width - column - 2).ToArray();
            var begins = name.Length <= column - 2;
            text.Append("  ").Append(begins ? $"{name.PadRight(column)}{lines[0]}" : name).Append('\n');
            foreach (var line in begins ? lines.Skip(1) : lines)
            {
                text.Append(' ', column + 2).Append(line).Append('\n');
            }
        }
    }

    private static string Summary(string help)
    {
        var paragraph = help.Split("\n\n")[0].Replace('\n', ' ');
        var stop = paragraph.IndexOf(". ", StringComparison.Ordinal);
        return stop < 0 ? paragraph : paragraph[..(stop + 1)];
    }

    private static IEnumerable<string> Wrapped(string text, int width)
    {
        var paragraphs = text.Split("\n\n");
        for (var at = 0; at < paragraphs.Length; at++)
        {
            if (at > 0)
            {
                yield return "";
            }

            var line = new StringBuilder();
            foreach (var word in paragraphs[at].Split([' ', '\n'], StringSplitOptions.RemoveEmptyEntries))
            {
                if (line.Length > 0 && line.Length + 1 + word.Length > width)
                {
                    yield return line.ToString();
                    line.Clear();
                }

                line.Append(line.Length > 0 ? " " : "").Append(word);
            }

            yield return line.ToString();
        }
    }
}
