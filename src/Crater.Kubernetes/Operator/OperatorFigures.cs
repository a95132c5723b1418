using System.Collections.Concurrent;
using System.Globalization;
using System.Text;

namespace Crater.Kubernetes.Operator;

/// <summary>What the operator counts, for /metrics.</summary>
public sealed class OperatorFigures
{
    /// <summary>Upper ends of the buckets of reconcile durations. Unit: seconds.</summary>
    private static readonly double[] Buckets = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

    private readonly ConcurrentDictionary<string, Histogram> _durations = new();
    private readonly ConcurrentDictionary<string, long> _failures = new();
    private readonly ConcurrentDictionary<string, long> _ended = new();
    private long _breaches;
    private long _restored;

    internal void Reconciled(string kind, TimeSpan took) => _durations.GetOrAdd(kind, _ => new Histogram()).Add(took.TotalSeconds);

    internal void Failed(string kind) => _failures.AddOrUpdate(kind, 1, (_, count) => count + 1);

    internal void Ended(string phase) => _ended.AddOrUpdate(phase, 1, (_, count) => count + 1);

    internal void Breached() => Interlocked.Increment(ref _breaches);

    internal void Restored() => Interlocked.Increment(ref _restored);

    /// <summary>The counters in Prometheus' text format.</summary>
    internal void Write(StringBuilder text)
    {
        Head(text, "crater_guard_breaches_total", "counter", "Runs that a guard ended.");
        text.Append(CultureInfo.InvariantCulture, $"crater_guard_breaches_total {Interlocked.Read(ref _breaches)}\n");
        Head(text, "crater_keeper_restored_total", "counter", "Changes of dead processes that the keeper took off.");
        text.Append(CultureInfo.InvariantCulture, $"crater_keeper_restored_total {Interlocked.Read(ref _restored)}\n");
        Labelled(text, "crater_experiments_ended_total", "Experiments that came to an end under this process.", "phase", _ended);
        Labelled(text, "crater_reconcile_failures_total", "Looks at an object that failed and come again.", "kind", _failures);
        Head(text, "crater_reconcile_duration_seconds", "histogram", "How long one look at an object takes.");
        foreach (var (kind, histogram) in _durations.OrderBy(entry => entry.Key, StringComparer.Ordinal))
        {
            histogram.Write(text, kind);
        }
    }

    internal static void Head(StringBuilder text, string name, string type, string help) => text.Append(CultureInfo.InvariantCulture, $"# HELP {name} {help}\n# TYPE {name} {type}\n");

    private static void Labelled(StringBuilder text, string name, string help, string label, ConcurrentDictionary<string, long> counts)
    {
        Head(text, name, "counter", help);
        foreach (var (value, count) in counts.OrderBy(entry => entry.Key, StringComparer.Ordinal))
        {
            text.Append(CultureInfo.InvariantCulture, $"{name}{{{label}=\"{value}\"}} {count}\n");
        }
    }

    private sealed class Histogram
    {
        private readonly Lock _gate = new();
        private readonly long[] _counts = new long[Buckets.Length];
        private long _count;
        private double _sum;

        public void Add(double seconds)
        {
            lock (_gate)
            {
                _count++;
                _sum += seconds;
                for (var i = 0; i < Buckets.Length; i++)
                {
                    _counts[i] += seconds <= Buckets[i] ? 1 : 0;
                }
            }
        }

        public void Write(StringBuilder text, string kind)
        {
            const string Name = "crater_reconcile_duration_seconds";
            lock (_gate)
            {
                for (var i = 0; i < Buckets.Length; i++)
                {
                    text.Append(CultureInfo.InvariantCulture, $"{Name}_bucket{{kind=\"{kind}\",le=\"{Buckets[i]}\"}} {_counts[i]}\n");
                }

                text.Append(CultureInfo.InvariantCulture, $"{Name}_bucket{{kind=\"{kind}\",le=\"+Inf\"}} {_count}\n{Name}_sum{{kind=\"{kind}\"}} {_sum}\n{Name}_count{{kind=\"{kind}\"}} {_count}\n");
            }
        }
    }
}
