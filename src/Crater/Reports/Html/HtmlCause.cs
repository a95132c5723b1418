using System.Text;
using Crater.Reports.Causes;
using static Crater.Reports.Html.Markup;

namespace Crater.Reports.Html;

/// <summary>The section of the page that says why.</summary>
internal static class HtmlCause
{
    public static void Append(StringBuilder page, RootCause cause)
    {
        page.Append("<section><h2>Root cause</h2>\n");
        page.Append($"<p><strong>{Text(cause.Headline)}</strong> Confidence: {Text(cause.Confidence.ToString().ToLowerInvariant())}.</p>\n");
        page.Append($"<p class=\"why\">{Text(cause.Author)}</p>\n");
        foreach (var (part, title) in CauseParts.Titles(cause))
        {
            var list = part == Part.Observed ? "ol" : "ul";
            page.Append($"<h3>{Text(title)}</h3>\n<{list}>");
            foreach (var statement in cause.Of(part))
            {
                page.Append($"<li>{Text(statement.Text)}{(statement.Citations.Count > 0 ? $" <small>({Text(string.Join("; ", statement.Citations))})</small>" : "")}</li>\n");
            }

            page.Append($"</{list}>\n");
        }

        HtmlReport.AppendList(page, cause.Struck, "");
        page.Append("</section>\n");
    }
}
