using System.Globalization;
using System.Text;
using Crater.Diagnostics;

namespace Crater.Measurements;

/// <summary>
/// <c>metrics.csv</c> in a run folder: <c>at,phase,metric,component,value,samples,source</c>, one line a value, appended as it is measured. A process
/// that dies leaves at most one half-written last line, which readers leave out and the next writer ends.
/// </summary>
public static class MetricsFile
{
    public const string Name = "metrics.csv";

    private const string Header = "at,phase,metric,component,value,samples,source";

    /// <summary>Appends the rows in one write.</summary>
    /// <exception cref="CraterException">CRT7101: the file cannot be written.</exception>
    public static void Append(string path, IReadOnlyList<MetricRow> rows)
    {
        var text = new StringBuilder();
        try
        {
            using var file = new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.Read);
            text.Append(file.Length == 0 ? Header + "\n" : EndsInNewline(file) ? "" : "\n");
            file.Seek(0, SeekOrigin.End);
            foreach (var row in rows)
            {
                text.Append(Line(row)).Append('\n');
            }

            file.Write(Encoding.UTF8.GetBytes(text.ToString()));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CraterException("CRT7101", $"The measurements could not be written to '{path}': {e.Message}. Free space or choose another folder; the run is blind without them.", e);
        }
    }

    /// <summary>Every complete line. A file that is not there has none.</summary>
    /// <exception cref="CraterException">CRT7102: a line that is not the last one is not a measurement.</exception>
    public static IReadOnlyList<MetricRow> Read(string path)
    {
        if (!File.Exists(path))
        {
            return [];
        }

        var text = File.ReadAllText(path);
        var lines = text.Split('\n');
        List<MetricRow> rows = [];
        for (var number = 1; number < lines.Length - 1; number++)
        {
            var row = Parse(lines[number]);
            if (row is not null)
            {
                rows.Add(row);
            }
            else if (lines[number].Length > 0 && lines[number].Split(',').Length >= Header.Split(',').Length)
            {
                throw new CraterException("CRT7102", $"'{path}' line {number + 1} is not a measurement: '{lines[number]}'. Expected {Header}.");
            }
        }

        return rows;
    }

    internal static string Line(MetricRow row) => string.Join(',',
        row.At.UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ss.fffZ", CultureInfo.InvariantCulture), Cell(row.Phase), Cell(row.Metric), Cell(row.Component),
        row.Value.ToString("R", CultureInfo.InvariantCulture), row.Samples.ToString(CultureInfo.InvariantCulture), Cell(row.Source));

    private static bool EndsInNewline(FileStream file)
    {
        file.Seek(-1, SeekOrigin.End);
        return file.ReadByte() == '\n';
    }

    // RFC 4180 quoting; a PromQL expression can hold commas and quotes. A line break has no place in a name.
    private static string Cell(string text)
    {
        text = text.ReplaceLineEndings(" ");
        return text.Contains(',') || text.Contains('"') ? $"\"{text.Replace("\"", "\"\"")}\"" : text;
    }

    private static MetricRow? Parse(string line)
    {
        var cells = Cells(line);
        return cells.Count == 7
            && DateTimeOffset.TryParse(cells[0], CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var at)
            && double.TryParse(cells[4], NumberStyles.Float, CultureInfo.InvariantCulture, out var value)
            && long.TryParse(cells[5], NumberStyles.None, CultureInfo.InvariantCulture, out var samples)
            ? new MetricRow(at, cells[1], cells[2], cells[3], value, samples, cells[6])
            : null;
    }

    private static List<string> Cells(string line)
    {
        List<string> cells = [];
        var cell = new StringBuilder();
        var quoted = false;
        for (var at = 0; at < line.Length; at++)
        {
            var c = line[at];
            if (quoted && c == '"' && at + 1 < line.Length && line[at + 1] == '"')
            {
                cell.Append('"');
                at++;
            }
            else if (c == '"')
            {
                quoted = !quoted;
            }
            else if (c == ',' && !quoted)
            {
                cells.Add(cell.ToString());
                cell.Clear();
            }
            else
            {
                cell.Append(c);
            }
        }

        cells.Add(cell.ToString());
        return cells;
    }
}
