using System.Globalization;
using System.Net;
using System.Text;

namespace Crater.Reports.Html;

/// <summary>Escapes what comes from outside, and writes numbers as SVG wants them.</summary>
internal static class Markup
{
    /// <summary>Text for an element or a quoted attribute. Control characters, which no document may hold, and those that turn or hide text become spaces.</summary>
    public static string Text(string text)
    {
        var clean = new StringBuilder(text.Length);
        foreach (var c in text)
        {
            clean.Append((char.IsControl(c) && c is not '\n' and not '\t') || char.GetUnicodeCategory(c) == UnicodeCategory.Format ? ' ' : c);
        }

        return WebUtility.HtmlEncode(clean.ToString());
    }

    /// <summary>A coordinate with at most one decimal.</summary>
    public static string At(double coordinate) => Math.Round(coordinate, 1).ToString("0.#", CultureInfo.InvariantCulture);

    /// <summary>At most <paramref name="length"/> characters; a longer text ends in an ellipsis.</summary>
    public static string Short(string text, int length) => text.Length <= length ? text : text[..(length - 1)] + "…";

    public static string Table(string[] head, IEnumerable<IReadOnlyList<string>> rows, string caption)
    {
        var text = new StringBuilder($"<div class=\"scroll\"><table><caption class=\"hidden\">{Text(caption)}</caption><thead><tr>");
        foreach (var cell in head)
        {
            text.Append($"<th scope=\"col\">{Text(cell)}</th>");
        }

        text.Append("</tr></thead><tbody>\n");
        foreach (var row in rows)
        {
            text.Append("<tr>").Append(string.Concat(row.Select(cell => $"<td>{cell}</td>"))).Append("</tr>\n");
        }

        return text.Append("</tbody></table></div>\n").ToString();
    }
}
