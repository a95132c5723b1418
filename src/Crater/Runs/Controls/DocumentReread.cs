using System.Text.Json;
using System.Text.Json.Nodes;
using Crater.Diagnostics;
using Crater.Documents;
using Crater.Experiments;

namespace Crater.Runs.Controls;

/// <summary>Reads the living document again when controls wrote into it, and tells what is new since it was last asked.</summary>
internal sealed class DocumentReread(Experiment experiment, LivingDocument document, ReadOptions options, Action<string> complain)
{
    private readonly Dictionary<string, int> _told = LivingDocument.Parts.ToDictionary(part => part, document.Version);

    /// <summary>As it was read last.</summary>
    public Experiment Experiment { get; private set; } = experiment;

    /// <summary>The document as data, with the keys that Chaos Toolkit writes into it before hooks see it.</summary>
    public static JsonObject Of(Experiment experiment, string dry)
    {
        var format = experiment.SourceFormat == "json" ? DocumentFormat.Json : DocumentFormat.Yaml;
        var data = DocumentReader.Read(experiment.Source, format).Root?.ToJson() as JsonObject ?? [];
        data["title"] = experiment.Title;
        data["dry"] = dry.Length > 0 ? dry : null;
        return data;
    }

    public Task<ControlChanges> ChangesAsync(ControlPoint point, CancellationToken abort) =>
        LivingDocument.Parts.All(part => _told[part] == document.Version(part))
            ? Task.FromResult(ControlChanges.None)
            : document.HoldAsync(() => Task.FromResult(Changes(point)), abort);

    private ControlChanges Changes(ControlPoint point)
    {
        var news = LivingDocument.Parts.Where(part => _told[part] != document.Version(part)).ToHashSet();
        foreach (var part in news)
        {
            _told[part] = document.Version(part);
        }

        var changes = new ControlChanges
        {
            Configuration = news.Contains(LivingDocument.ConfigurationPart) ? document.Configuration : null,
            Secrets = news.Contains(LivingDocument.SecretsPart) ? document.Secrets : null,
        };

        // Pauses and other values that are needed before the play are read with the configuration in them.
        var isRead = news.Contains(LivingDocument.ExperimentPart) || news.Contains(LivingDocument.ConfigurationPart);
        return isRead && Read(news.Contains(LivingDocument.ExperimentPart)) is { } read ? changes with { Experiment = read, Activity = Find(read, point.Activity) } : changes;
    }

    private Experiment? Read(bool isWritten)
    {
        var configuration = document.Configuration;
        var (source, format) = isWritten ? (Text(), "json") : (Experiment.Source, Experiment.SourceFormat);
        var reading = ExperimentReader.Read(source, format == "json" ? DocumentFormat.Json : DocumentFormat.Yaml, options with { Resolved = configuration, Python = null, ControlRefusal = null, Vault = null, IsStrict = false });
        if (reading.Experiment is not { } read)
        {
            complain($"A control wrote into the experiment what cannot be played, and the run goes on with it as it was: {string.Join(" ", reading.Errors.Select(problem => problem.ToString()))}");
            return null;
        }

        return Experiment = read with { Configuration = configuration, Secrets = document.Secrets, Dynamic = [] };
    }

    private string Text()
    {
        var data = (JsonObject)document.Experiment.DeepClone();
        data.Remove("dry");
        return data.ToJsonString(new JsonSerializerOptions { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping });
    }

    private static Activity? Find(Experiment read, Activity? activity) => activity is null ? null
        : read.Method.Concat(read.Hypothesis?.Probes ?? []).Concat(read.Rollbacks).FirstOrDefault(one => one.Place == activity.Place && one.Name == activity.Name);
}
