using System.Text;
using Crater.Reports.Causes;

namespace Crater.Reports;

/// <summary>The section that says why, as Markdown.</summary>
internal static class MarkdownCause
{
    public static void Write(StringBuilder text, RootCause cause)
    {
        text.Append("## Root cause\n\n");
        text.Append($"**{MarkdownReport.Plain(cause.Headline)}** Confidence: {cause.Confidence.ToString().ToLowerInvariant()}.\n\n");
        text.Append($"_{MarkdownReport.Plain(cause.Author)}_\n\n");
        foreach (var (part, title) in CauseParts.Titles(cause))
        {
            text.Append($"### {title}\n\n");
            var number = 0;
            foreach (var statement in cause.Of(part))
            {
                text.Append(part == Part.Observed ? $"{++number}. " : "- ").Append(MarkdownReport.Plain(statement.Text));
                text.Append(statement.Citations.Count > 0 ? $" _({MarkdownReport.Plain(string.Join("; ", statement.Citations))})_\n" : "\n");
            }

            text.Append('\n');
        }

        foreach (var struck in cause.Struck)
        {
            text.Append($"- {MarkdownReport.Plain(struck)}\n");
        }

        text.Append(cause.Struck.Count > 0 ? "\n" : "");
    }
}
