using System.Text.Json.Nodes;
using Crater.Diagnostics;
using Crater.Documents;
using Crater.Experiments;
using Crater.Runs.Activities;

namespace Crater;

/// <summary>From where a document is to an experiment that can be planned: load, read, ask for dynamic configuration, read again.</summary>
public static class ExperimentDesk
{
    /// <summary>All of it. Validation does not ask: it takes <see cref="LoadAsync"/> and <see cref="Read"/> alone.</summary>
    public static async Task<ExperimentReading> OpenAsync(
        string source, ReadOptions options, IActivities activities, SourceAccess access, TimeProvider clock, CancellationToken abort)
    {
        var document = await LoadAsync(source, access, clock, abort);
        return await ResolveAsync(document, FromFolderOf(source, options), activities, abort);
    }

    /// <summary>Gets the document; every problem with that is in the answer.</summary>
    public static Task<Document> LoadAsync(string source, SourceAccess access, TimeProvider clock, CancellationToken abort) =>
        DocumentSource.LoadAsync(source, access, clock, abort);

    public static ExperimentReading Read(Document document, ReadOptions options) => ExperimentReader.Read(document, options);

    /// <summary>Options whose secret files are looked up beside the document, unless they say otherwise.</summary>
    public static ReadOptions FromFolderOf(string source, ReadOptions options) =>
        options.Folder.Length > 0 || !File.Exists(source) ? options : options with { Folder = Path.GetDirectoryName(Path.GetFullPath(source)) ?? "" };

    /// <summary>Reads, asks for the dynamic configuration in the order of the document, and reads again with the answers.</summary>
    /// <remarks>Chaos Toolkit drops a key that cannot be had and goes on; here it is CRT2022, since what follows would act on <c>${key}</c> as a text.</remarks>
    public static async Task<ExperimentReading> ResolveAsync(Document document, ReadOptions options, IActivities activities, CancellationToken abort)
    {
        var reading = ExperimentReader.Read(document, options);
        if (reading.Experiment is not { Dynamic.Count: > 0 } experiment)
        {
            return reading;
        }

        Dictionary<string, JsonNode?> resolved = new(options.Resolved, StringComparer.Ordinal);
        foreach (var entry in experiment.Dynamic)
        {
            var context = new ActivityContext { Configuration = Visible(entry, experiment, resolved), Secrets = experiment.Secrets };
            var result = await activities.PlayAsync(entry.Probe, context, abort);
            if (Value(entry.Probe.Provider, result, out var value) is { } complaint)
            {
                return new ExperimentReading(null, [.. reading.Problems, Failure(document, entry, complaint)]);
            }

            resolved[entry.Key] = value?.DeepClone();
        }

        return ExperimentReader.Read(document, options with { Resolved = resolved });
    }

    private static Dictionary<string, JsonNode?> Visible(DynamicEntry entry, Experiment experiment, Dictionary<string, JsonNode?> resolved)
    {
        Dictionary<string, JsonNode?> visible = new(StringComparer.Ordinal);
        foreach (var key in entry.Above)
        {
            if (resolved.TryGetValue(key, out var value) || experiment.Configuration.TryGetValue(key, out value))
            {
                visible[key] = value;
            }
        }

        return visible;
    }

    /// <summary>What a probe gives to the configuration: the output of a program that succeeded, the body of an answer, the value of anything else.</summary>
    /// <returns>Why it gives nothing; null when it does.</returns>
    private static string? Value(Provider provider, ActivityResult result, out JsonNode? value)
    {
        value = result.Plain;
        if (!result.Succeeded)
        {
            return result.Output;
        }

        if (provider is ProcessProvider)
        {
            var status = value?["status"]?.GetValue<int>() ?? 0;
            var error = value?["stderr"]?.GetValue<string>().Trim() ?? "";
            value = JsonValue.Create(value?["stdout"]?.GetValue<string>().Trim() ?? "");
            return status == 0 ? null : $"the program ended with the status {status}{(error.Length > 0 ? $" and said: {error}" : ".")}";
        }

        value = provider is HttpProvider ? value?["body"] : value;
        return null;
    }

    private static Problem Failure(Document document, DynamicEntry entry, string complaint)
    {
        var at = ((document.Root as MapNode)?["configuration"] as MapNode)?.Entry(entry.Key);
        return new Problem(entry.Probe.Place, "CRT2022",
            $"{entry.Key} could not be had from its probe {entry.Probe.Name}: {complaint} Make the probe work, or give the value with --var {entry.Key}=VALUE.", at?.Line ?? 0, at?.Column ?? 0);
    }
}
