using System.Globalization;
using System.Text;

namespace Crater.Agent.Serving;

/// <summary>What <c>GET /metrics</c> tells, in the text form of Prometheus. Counted since serve started.</summary>
internal sealed class Metrics
{
    /// <summary>Upper bounds of the histogram of injections, in seconds.</summary>
    private static readonly double[] Bounds = [0.005, 0.01, 0.015, 0.025, 0.05, 0.1, 0.25, 1, 5];

    private readonly Lock _turn = new();
    private readonly SortedDictionary<string, long> _requests = new(StringComparer.Ordinal);
    private readonly long[] _injects = new long[Bounds.Length];
    private double _injectSeconds;
    private long _count;
    private long _injected;
    private long _clean;
    private long _left;

    /// <summary>How many requests were answered.</summary>
    public long Requests => Volatile.Read(ref _count);

    public void Answered(string method, string route, int status)
    {
        var labels = $"method=\"{method}\",route=\"{route}\",status=\"{status}\"";
        Interlocked.Increment(ref _count);
        lock (_turn)
        {
            _requests[labels] = _requests.GetValueOrDefault(labels) + 1;
        }
    }

    public void Injected(TimeSpan took)
    {
        lock (_turn)
        {
            _injected++;
            _injectSeconds += took.TotalSeconds;
            for (var i = 0; i < Bounds.Length; i++)
            {
                _injects[i] += took.TotalSeconds <= Bounds[i] ? 1 : 0;
            }
        }
    }

    public void Recovered(bool isClean)
    {
        lock (_turn)
        {
            (_clean, _left) = isClean ? (_clean + 1, _left) : (_clean, _left + 1);
        }
    }

    /// <param name="open">Injections that are not closed.</param>
    public string Text(int open)
    {
        var text = new StringBuilder();
        lock (_turn)
        {
            Head(text, "craterd_injections_open", "gauge", "Injections that are not known to be closed, whoever asked for them.");
            Line(text, "craterd_injections_open", "", open);
            Head(text, "craterd_requests_total", "counter", "Requests that were answered.");
            foreach (var (labels, count) in _requests)
            {
                Line(text, "craterd_requests_total", labels, count);
            }

            Head(text, "craterd_recoveries_total", "counter", "Recoveries that were asked for here, by whether everything was as before.");
            Line(text, "craterd_recoveries_total", "clean=\"true\"", _clean);
            Line(text, "craterd_recoveries_total", "clean=\"false\"", _left);
            Head(text, "craterd_inject_seconds", "histogram", "From the request until the fault was in place.");
            for (var i = 0; i < Bounds.Length; i++)
            {
                Line(text, "craterd_inject_seconds_bucket", string.Create(CultureInfo.InvariantCulture, $"le=\"{Bounds[i]}\""), _injects[i]);
            }

            Line(text, "craterd_inject_seconds_bucket", "le=\"+Inf\"", _injected);
            Line(text, "craterd_inject_seconds_sum", "", _injectSeconds);
            Line(text, "craterd_inject_seconds_count", "", _injected);
        }

        return text.ToString();
    }

    private static void Head(StringBuilder text, string name, string type, string help) => text.Append($"# HELP {name} {help}\n# TYPE {name} {type}\n");

    private static void Line(StringBuilder text, string name, string labels, double value) =>
        text.Append(CultureInfo.InvariantCulture, $"{name}{(labels.Length > 0 ? $"{{{labels}}}" : "")} {value}\n");
}
