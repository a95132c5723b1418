using Crater.Journals;
using Crater.Measurements;
using Crater.Models.Safety;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace Crater.Cli.Terminal;

/// <summary>The run as a person watches it: where it stands, what is measured now, what happened last. Redrawn twice a second.</summary>
internal sealed class LiveRunView(string title, TimeProvider clock) : IProgress<JournalEvent>
{
    private const int LinesMax = 8;
    private static readonly TimeSpan RedrawEvery = TimeSpan.FromMilliseconds(500);
    private static readonly string[] Metrics = [KnownMetrics.Throughput, KnownMetrics.ErrorRate, KnownMetrics.LatencyP50, KnownMetrics.LatencyP95, KnownMetrics.LatencyP99];

    private readonly Lock _gate = new();
    private readonly Queue<string> _lines = [];
    private readonly RunNarration _narration = new();
    private readonly long _began = clock.GetTimestamp();
    private readonly Dictionary<(string Place, string Name), long> _underWay = [];
    private RunPhase _phase = RunPhase.Planned;
    private string _run = "";

    /// <summary>Where the metrics of the table are read; set when the run has opened them.</summary>
    public IReadOnlyList<IMetricSource> Sources { get; set; } = [];

    public void Report(JournalEvent value)
    {
        lock (_gate)
        {
            _phase = value is PhaseEntered entered ? entered.Phase : _phase;
            _run = value is RunPlanned planned ? planned.Run.Value : _run;
            Follow(value);
            if (_narration.Next(value) is { } line)
            {
                _lines.Enqueue(PlainText.WithoutControls($"{clock.GetElapsedTime(_began).TotalSeconds,6:0.0} s  {line}"));
                while (_lines.Count > LinesMax)
                {
                    _lines.Dequeue();
                }
            }
        }
    }

    private void Follow(JournalEvent value)
    {
        switch (value)
        {
            case ActivityStarted started:
                _underWay[(started.Place, started.Name)] = clock.GetTimestamp();
                break;
            case ActivityFinished finished:
                _underWay.Remove((finished.Place, finished.Name));
                break;
            case ActivityCut cut:
                _underWay.Remove((cut.Place, cut.Name));
                break;
        }
    }

    /// <summary>Draws until <paramref name="run"/> is over, and gives its result. A terminal that is closed ends the drawing and nothing else.</summary>
    public async Task<T> WatchAsync<T>(Task<T> run)
    {
        try
        {
            await AnsiConsole.Live(new Text("")).AutoClear(false).Overflow(VerticalOverflow.Ellipsis).StartAsync(context => DrawUntilAsync(run, context));
        }
        catch (IOException)
        {
            // The run is not over because nobody looks: it still has to recover.
        }

        return await run;
    }

    private async Task DrawUntilAsync(Task run, LiveDisplayContext context)
    {
        while (true)
        {
            context.UpdateTarget(await DrawAsync());
            context.Refresh();
            if (run.IsCompleted)
            {
                return;
            }

            await Task.WhenAny(run, Task.Delay(RedrawEvery, clock, CancellationToken.None));
        }
    }

    private async Task<IRenderable> DrawAsync()
    {
        var values = new Grid().AddColumn().AddColumn();
        foreach (var metric in Metrics)
        {
            if (await ReadAsync(metric) is { } reading)
            {
                values.AddRow(new Text(metric), new Markup($"[bold]{Markup.Escape(Written(reading))}[/]"));
            }
        }

        lock (_gate)
        {
            var colour = _phase is RunPhase.Injecting or RunPhase.Watching ? "red" : _phase == RunPhase.Recovering ? "yellow" : "green";
            var head = new Markup($"[bold]{Markup.Escape(PlainText.WithoutControls(title))}[/]  [grey]{_run}[/]  [{colour}]{_phase}[/]  {clock.GetElapsedTime(_began).TotalSeconds:0} s");
            var underWay = string.Join('\n', _underWay.Select(activity => $"▸ {PlainText.WithoutControls(activity.Key.Name)}  {clock.GetElapsedTime(activity.Value).TotalSeconds:0} s"));
            return new Panel(new Rows(head, values, new Text(underWay), new Text(string.Join('\n', _lines)))).Border(BoxBorder.Rounded).Expand();
        }
    }

    private async Task<Reading?> ReadAsync(string metric)
    {
        var query = new MetricQuery(metric, "", TimeSpan.FromSeconds(3));
        // Only the load answers at once; a live view must not wait for the network.
        return Sources.OfType<LoadMetricSource>().FirstOrDefault() is { } source ? await source.ReadAsync(query, CancellationToken.None) : null;
    }

    private static string Written(Reading reading) => reading.Metric switch
    {
        KnownMetrics.ErrorRate => $"{reading.Value * 100:0.0} %",
        KnownMetrics.Throughput => $"{reading.Value:0.0} req/s",
        _ => $"{reading.Value * 1000:0.0} ms",
    };
}
