using System.Text.Json;
using System.Text.Json.Nodes;
using Crater.Documents;
using Crater.Experiments;

namespace Crater.Journals;

/// <summary>The fold over a run's events from which its journal.json is written.</summary>
internal sealed class ToolkitBook
{
    private readonly Experiment _experiment;
    private ToolkitActivities _activities;
    private bool _isRecovering;

    private ToolkitBook(Experiment experiment)
    {
        _experiment = experiment;
        Document = ToolkitDocument.Of(experiment);
        _activities = new ToolkitActivities(Document, experiment);
    }

    /// <summary>The document as it was played in the end.</summary>
    public JsonObject Document { get; private set; }

    public ToolkitStates States { get; } = new();

    public ToolkitRuns Runs { get; } = new();

    public RunState State { get; private set; } = RunState.Initial;

    public DateTimeOffset Start { get; private set; }

    /// <summary>When everything was played; the last event's time where nobody brought the run to its end.</summary>
    public DateTimeOffset End { get; private set; }

    /// <summary>What a control put in the place of the whole journal, as JSON text; empty when none did.</summary>
    public string Overwritten { get; private set; } = "";

    public static ToolkitBook Of(Experiment experiment, IReadOnlyList<JournalEvent> events)
    {
        var book = new ToolkitBook(experiment);
        book.Start = events.Count > 0 ? events[0].At : default;
        foreach (var entry in events)
        {
            book.Take(entry);
        }

        book.Document["dry"] = book.State.Plan?.Dry is { } dry ? StrategyNames.Text(dry) : null;
        return book;
    }

    private void Take(JournalEvent entry)
    {
        End = State.Verdict is null ? entry.At : End;
        State = State.After(entry);
        _isRecovering |= entry is PhaseEntered { Phase: >= RunPhase.Recovering };
        switch (entry)
        {
            case ProbeMeasured probe:
                States.Take(ToolkitEntry.Of(_activities.Of(probe.Place, probe.Probe), probe), probe.When);
                break;
            case HypothesisChecked check:
                States.Take(check);
                break;
            case ControlWrote wrote:
                Overwrite(wrote);
                break;
            default:
                Runs.Take(entry, _activities, _isRecovering);
                break;
        }
    }

    private void Overwrite(ControlWrote wrote)
    {
        switch (wrote.Place)
        {
            case ControlWrote.Journal:
                Overwritten = wrote.State;
                break;
            case ControlWrote.Experiment when JsonNode.Parse(wrote.State, documentOptions: new JsonDocumentOptions { MaxDepth = 512 }) is JsonObject document:
                Document = ToolkitDocument.Shown(document, _experiment);
                _activities = new ToolkitActivities(Document, _experiment);
                break;
            case ControlWrote.StatePrefix + "before":
                States.Overwrite(ProbeMoment.Before, wrote.State);
                break;
            case ControlWrote.StatePrefix + "after":
                States.Overwrite(ProbeMoment.After, wrote.State);
                break;
            case ControlWrote.StatePrefix + "during":
                States.Overwrite(ProbeMoment.During, wrote.State);
                break;
            default:
                Runs.Overwrite(wrote.Place, wrote.State);
                break;
        }
    }
}

/// <summary>The document as a journal shows it.</summary>
internal static class ToolkitDocument
{
    public static JsonObject Of(Experiment experiment)
    {
        var format = experiment.SourceFormat == "json" ? DocumentFormat.Json : DocumentFormat.Yaml;
        return Shown(DocumentReader.Read(experiment.Source, format).Root?.ToJson() as JsonObject ?? [], experiment);
    }

    // Literal secrets are in the document, short ones too, which no mask would find.
    public static JsonObject Shown(JsonObject document, Experiment experiment)
    {
        if (document["secrets"] is JsonObject secrets)
        {
            document["secrets"] = Hidden(secrets);
        }

        document["title"] = experiment.Title;
        document["dry"] = null;
        return experiment.Secrets.IsEmpty ? document : (JsonObject)experiment.Secrets.Mask(document)!;
    }

    private static JsonNode? Hidden(JsonNode? secret) => secret switch
    {
        JsonObject map when map["type"]?.GetValueKind() == JsonValueKind.String => map.DeepClone(),
        JsonObject map => new JsonObject(map.Select(pair => KeyValuePair.Create(pair.Key, Hidden(pair.Value)))),
        _ => JsonValue.Create(Secrets.Masked),
    };
}
