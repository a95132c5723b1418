using System.Globalization;
using System.Text;
using Crater.Diagnostics;
using Crater.Journals;
using Crater.Reports.Html;

namespace Crater.Reports;

/// <summary>Where a report is kept: in the run folder, and copied by name where people look.</summary>
public static class ReportFiles
{
    public const string Markdown = "report.md";
    public const string Html = "report.html";

    /// <summary>Longest slug in a file name; with the stamp and the run id it stays well below any file system's limit of 255 bytes.</summary>
    private const int SlugMax = 80;

    /// <summary>Writes the report into the run folder and, when <paramref name="reports"/> is given, copies of it there with <c>latest.md</c>.</summary>
    /// <param name="reports">For example <c>reports</c> in the working directory; null for no copies.</param>
    /// <exception cref="CraterException">CRT4004: the run folder cannot be written. CRT8003: the copies cannot.</exception>
    public static WrittenReport Write(ReportModel model, RunFolder folder, string? reports)
    {
        var markdown = MarkdownReport.Write(model);
        var html = HtmlReport.Write(model);
        var hashes = new Dictionary<string, string>
        {
            [Markdown] = folder.Write(Markdown, markdown),
            [Html] = folder.Write(Html, html),
        };
        return new WrittenReport(folder.PathOf(Markdown), folder.PathOf(Html), reports is null ? "" : Copy(model, markdown, html, reports), hashes);
    }

    /// <summary><c>2026-03-04_14-30-00_the_cart_survives_chaos-1a2b3c4d</c>: when, what, which run.</summary>
    public static string NameOf(ReportModel model) => string.Join('_',
        model.Evidence.Events[0].At.UtcDateTime.ToString("yyyy-MM-dd_HH-mm-ss", CultureInfo.InvariantCulture), Slug(model.Title), model.Run.Value);

    private static string Copy(ReportModel model, string markdown, string html, string reports)
    {
        try
        {
            Directory.CreateDirectory(reports);
            var path = Path.Combine(reports, NameOf(model) + ".md");
            Put(path, markdown);
            Put(Path.ChangeExtension(path, ".html"), html);
            Put(Path.Combine(reports, "latest.md"), markdown);
            Put(Path.Combine(reports, "latest.html"), html);
            return path;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CraterException("CRT8003", $"The report could not be copied to '{reports}': {e.Message} It is in the run folder all the same.", e);
        }
    }

    // By rename, so that who watches latest.md never reads half of it.
    private static void Put(string path, string text)
    {
        var draft = $"{path}.draft";
        File.WriteAllText(draft, text);
        File.Move(draft, path, overwrite: true);
    }

    internal static string Slug(string title)
    {
        var slug = new StringBuilder();
        foreach (var c in title.ToLowerInvariant())
        {
            if (char.IsAsciiLetterOrDigit(c))
            {
                slug.Append(c);
            }
            else if (slug.Length > 0 && slug[^1] != '_')
            {
                slug.Append('_');
            }
        }

        var text = slug.ToString().Trim('_');
        text = text.Length > SlugMax ? text[..SlugMax].TrimEnd('_') : text;
        return text.Length > 0 ? text : "experiment";
    }
}

/// <param name="MarkdownPath">In the run folder.</param>
/// <param name="CopyPath">The named copy of the Markdown; empty when none was asked for. The page lies beside it.</param>
/// <param name="Hashes">SHA-256 of the files in the run folder, by name, for the journal.</param>
public sealed record WrittenReport(string MarkdownPath, string HtmlPath, string CopyPath, IReadOnlyDictionary<string, string> Hashes);
