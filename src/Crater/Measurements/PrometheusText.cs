using System.Globalization;
using System.Text;

namespace Crater.Measurements;

/// <summary>One line of a <c>/metrics</c> page.</summary>
/// <param name="Value">May be NaN or infinite, as the page says.</param>
public sealed record PrometheusSample(string Name, IReadOnlyDictionary<string, string> Labels, double Value);

/// <summary>Reads the Prometheus text exposition format. Lines that are no samples (comments, types, broken ones) are left out.</summary>
/// <seealso href="https://prometheus.io/docs/instrumenting/exposition_formats/">Exposition formats</seealso>
public static class PrometheusText
{
    /// <summary>More samples than this are not read from one page: a page that large is not one service's.</summary>
    public const int SamplesMax = 50_000;

    public static IReadOnlyList<PrometheusSample> Parse(string page)
    {
        List<PrometheusSample> samples = [];
        foreach (var line in page.AsSpan().EnumerateLines())
        {
            if (ParseLine(line.ToString()) is { } sample)
            {
                samples.Add(sample);
            }

            if (samples.Count >= SamplesMax)
            {
                break;
            }
        }

        return samples;
    }

    private static PrometheusSample? ParseLine(string line)
    {
        line = line.Trim();
        if (line.Length == 0 || line[0] == '#')
        {
            return null;
        }

        var end = line.IndexOfAny(['{', ' ', '\t']);
        if (end <= 0)
        {
            return null;
        }

        var at = end;
        while (at < line.Length - 1 && line[at] is ' ' or '\t')
        {
            at++;
        }

        var labels = new Dictionary<string, string>(StringComparer.Ordinal);
        if (line[at] == '{' && !ReadLabels(line, ref at, labels))
        {
            return null;
        }

        // After the value there may be a timestamp, and an exemplar in OpenMetrics; neither is of use here.
        var parts = line[at..].Split([' ', '\t'], StringSplitOptions.RemoveEmptyEntries);
        return parts.Length > 0 && TryValue(parts[0], out var value) ? new PrometheusSample(line[..end], labels, value) : null;
    }

    // Leaves at behind the closing brace.
    private static bool ReadLabels(string line, ref int at, Dictionary<string, string> labels)
    {
        at++;
        while (at < line.Length)
        {
            while (at < line.Length && line[at] is ' ' or ',')
            {
                at++;
            }

            if (at < line.Length && line[at] == '}')
            {
                at++;
                return true;
            }

            var equals = line.IndexOf('=', at);
            if (equals < 0 || equals + 1 >= line.Length || line[equals + 1] != '"')
            {
                return false;
            }

            var name = line[at..equals].Trim();
            at = equals + 2;
            var value = new StringBuilder();
            for (; at < line.Length && line[at] != '"'; at++)
            {
                if (line[at] == '\\' && at + 1 < line.Length)
                {
                    at++;
                    value.Append(line[at] switch { 'n' => '\n', var c => c });
                }
                else
                {
                    value.Append(line[at]);
                }
            }

            at++;
            labels[name] = value.ToString();
        }

        return false;
    }

    private static bool TryValue(string text, out double value)
    {
        switch (text)
        {
            case "+Inf" or "Inf":
                value = double.PositiveInfinity;
                return true;
            case "-Inf":
                value = double.NegativeInfinity;
                return true;
            default:
                return double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out value);
        }
    }
}
