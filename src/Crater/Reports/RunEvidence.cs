using Crater.Diagnostics;
using Crater.Discovery;
using Crater.Journals;
using Crater.Measurements;
using Crater.Reports.Causes;

namespace Crater.Reports;

/// <summary>Everything that a run folder holds, read; a report is a function of this and nothing else.</summary>
public sealed record RunEvidence
{
    /// <summary>The journal without the lines about files that were made from it, so that a report written again is the same report.</summary>
    public required IReadOnlyList<JournalEvent> Events { get; init; }

    /// <summary>Null when the document could not be read any more; the report says so.</summary>
    public DocumentWords? Document { get; init; }

    /// <summary>The document as it was, and the file it stands in.</summary>
    public string ExperimentText { get; init; } = "";

    public string ExperimentFile { get; init; } = "experiment.yaml";

    /// <summary>Null when the run has no topology.</summary>
    public Topology? Topology { get; init; }

    public IReadOnlyList<MetricRow> Metrics { get; init; } = [];

    /// <summary>What a model wrote about the cause; null when none was asked.</summary>
    public Narrative? Narrative { get; init; }

    /// <summary>What was missing or unreadable in the folder, one sentence each.</summary>
    public IReadOnlyList<string> Missing { get; init; } = [];

    /// <summary>The sentence of <see cref="Missing"/> for a run without topology.</summary>
    internal static string NoTopology => $"The run folder has no {RunFolder.TopologyFile}.";

    public RunPlanned Plan => Events.OfType<RunPlanned>().First();

    /// <summary>Reads the folder. Only the journal must be there and whole; what else is missing is a sentence of the report.</summary>
    /// <exception cref="CraterException">CRT8002: there is no journal with a plan. CRT4002, CRT4003: the journal is newer or damaged.</exception>
    public static RunEvidence Read(RunFolder folder)
    {
        using var journal = folder.OpenJournal();
        var all = journal.Read();
        var events = all.Where(entry => entry is not FilesSealed).ToList();
        if (!events.OfType<RunPlanned>().Any())
        {
            throw new CraterException("CRT8002", $"'{folder.Path}' holds no run: its {RunFolder.EventsFile} is missing or has no plan. 'craterctl history' lists the runs.");
        }

        List<string> missing = [];
        var file = File.Exists(folder.PathOf("experiment.json")) ? "experiment.json" : "experiment.yaml";
        var text = Try(file, missing, () => File.ReadAllText(folder.PathOf(file))) ?? "";
        var words = DocumentWords.Read(text, isJson: file.EndsWith("json", StringComparison.Ordinal));
        if (text.Length > 0 && words is null)
        {
            missing.Add($"{file} of the run folder is not a document any more.");
        }

        return new RunEvidence
        {
            Events = events,
            ExperimentFile = file,
            ExperimentText = text,
            Document = words,
            Topology = Try(RunFolder.TopologyFile, missing, () => TopologyJson.Read(File.ReadAllText(folder.PathOf(RunFolder.TopologyFile)))),
            Metrics = Try(MetricsFile.Name, missing, () => MetricsFile.Read(folder.PathOf(MetricsFile.Name))) ?? [],
            Narrative = Try(NarrativeFile.Name, missing, () => NarrativeFile.Read(folder, all, missing)),
            Missing = missing,
        };
    }

    private static T? Try<T>(string file, List<string> missing, Func<T?> read)
        where T : class
    {
        try
        {
            return read();
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            missing.Add($"The run folder has no {file}.");
        }
        catch (Exception e) when (e is CraterException or IOException or UnauthorizedAccessException)
        {
            missing.Add($"{file} of the run folder could not be read: {e.Message}");
        }

        return null;
    }
}
