using System.Text.Json.Nodes;
using Crater.Diagnostics;
using Crater.Experiments;
using Crater.Measurements;
using Crater.Targets;

namespace Crater.Runs.Activities;

/// <summary>Plays process, http, metric and python activities with configuration and secrets put in, and hides the secrets in what comes back.</summary>
/// <param name="sources">Where metrics are read, in order of preference.</param>
/// <param name="python">Calls what is not native; null when there is no interpreter to call.</param>
public sealed class ActivityPlayer(IReadOnlyList<IMetricSource> sources, TimeProvider clock, IPython? python = null) : IActivities
{
    public async Task<ActivityResult> PlayAsync(Activity activity, ActivityContext context, CancellationToken abort)
    {
        var started = clock.GetTimestamp();
        try
        {
            var value = await CarryOutAsync(activity.Provider, context.Values, activity.Background ? context with { IsBeside = true } : context, abort);
            var masked = context.Secrets.Mask(value);
            return new ActivityResult(true, masked, CappedText.Json(masked), clock.GetElapsedTime(started)) { Plain = value };
        }
        catch (ActivityFailedException failed)
        {
            abort.ThrowIfCancellationRequested();
            return Failed(failed.Code, failed.Message, failed.Trace, context, started);
        }
        catch (Exception error) when (error is ArgumentException or InvalidOperationException or NotSupportedException or FormatException or IOException)
        {
            // What the document asks for is no program, path or request that the system can make sense of.
            abort.ThrowIfCancellationRequested();
            return Failed("CRT2310", $"{activity.Name} could not be carried out: {error.Message}", [], context, started);
        }
    }

    private ActivityResult Failed(string code, string message, IReadOnlyList<string> trace, ActivityContext context, long started)
    {
        var masked = context.Secrets.Mask($"{code} {message}");
        return new ActivityResult(false, null, masked, clock.GetElapsedTime(started))
        {
            Code = code,
            Exception = trace.Count > 0 ? [.. trace.Select(context.Secrets.Mask)] : [masked],
            IsUnexpected = code is "CRT2301" or "CRT2307" or "CRT2310" or "CRT2311" or "CRT2313",
        };
    }

    private Task<JsonNode?> CarryOutAsync(Provider provider, Substitution values, ActivityContext context, CancellationToken abort) => provider switch
    {
        ProcessProvider process => new ProcessCall(clock).RunAsync(process, values, abort),
        HttpProvider http => new HttpCall(clock).SendAsync(http, values, abort),
        MetricProvider metric => ReadAsync(metric, abort),
        PythonProvider function => new PythonCall(clock, python).RunAsync(function, values, context, abort),
        _ => throw new ActivityFailedException("CRT2307", "An injection is no plain activity: it is carried out by a run, through a driver."),
    };

    private async Task<JsonNode?> ReadAsync(MetricProvider metric, CancellationToken abort)
    {
        var query = new MetricQuery(metric.Metric, metric.Component, metric.Window);
        var knowing = sources.Where(source => source.Knows(query)).ToList();
        foreach (var source in knowing)
        {
            if (await ReadAsync(source, query, abort) is { Samples: > 0 } reading && double.IsFinite(reading.Value))
            {
                return JsonValue.Create(reading.Value);
            }
        }

        var what = metric.Component.Length > 0 ? $"{metric.Metric} of {metric.Component}" : metric.Metric;
        throw knowing.Count == 0
            ? new ActivityFailedException("CRT2305", $"Nothing here measures {what}. Give the run load (--load), a Prometheus server (--prometheus), or ask for another metric.")
            : new ActivityFailedException("CRT2306", $"{what} was not measured in the last {Durations.Text(metric.Window)} by {string.Join(", ", knowing.Select(source => source.Name))}.");
    }

    // A source that fails is a source that saw nothing; the next one may have.
    private static async Task<Reading?> ReadAsync(IMetricSource source, MetricQuery query, CancellationToken abort)
    {
        try
        {
            return await source.ReadAsync(query, abort);
        }
        catch (Exception error) when (error is CraterException || NoAnswer.Is(error))
        {
            return null;
        }
    }
}

/// <summary>The activity could not be carried out; an answer that nobody likes is no failure.</summary>
public sealed class ActivityFailedException(string code, string message) : Exception(message)
{
    /// <summary>The traceback or other lines of detail, for the journal; empty when there is only the message.</summary>
    public IReadOnlyList<string> Trace { get; init; } = [];

    public string Code { get; } = code;
}
