using System.Text.Json.Nodes;
using Crater.Diagnostics;
using Crater.Documents;
using Crater.Experiments;
using Crater.Kubernetes.Client;
using Crater.Runs;
using Crater.Targets;

namespace Crater.Kubernetes.Operator.Experiments;

/// <summary>What came of looking at an Experiment object.</summary>
/// <param name="Experiment">Null when one of the problems is an error.</param>
internal sealed record Examined(Experiment? Experiment, IReadOnlyList<Problem> Problems)
{
    public IReadOnlyList<Problem> Errors => [.. Problems.Where(problem => !problem.IsWarning)];
}

/// <summary>
/// Reads an Experiment's document and finds everything that speaks against it without asking the cluster. Who may create an Experiment must not thereby get what
/// the operator may do: no program, no Python, no environment and no file of the operator's; and targets only where the Experiment itself is.
/// </summary>
internal static class ExperimentExam
{
    /// <param name="home">The operator's own namespace: what is allowed there may hit other namespaces, nodes and namespaces themselves.</param>
    public static Examined Of(ExperimentView view, string home)
    {
        List<Problem> problems = [];
        if (view.Document is not { } json)
        {
            return new Examined(null, [new Problem("spec.document", "CRT8405", "The Experiment has no document. Put a document in Chaos Toolkit's format there, with title and method.")]);
        }

        problems.AddRange(Forbidden(json));
        var deadline = view.Object.Text("spec", "deadline");
        if (deadline.Length > 0 && !(Durations.TryParse(deadline, out var within) && within > TimeSpan.Zero))
        {
            problems.Add(new Problem("spec.deadline", "CRT8405", $"'{deadline}' is no duration; write for example 10m."));
        }

        var reading = ExperimentDesk.Read(
            DocumentReader.Read(json.ToJsonString(), DocumentFormat.Json),
            new ReadOptions { DefaultNamespace = view.Key.Space, Folder = "/nonexistent" });
        // The line of the object's JSON is none that anybody has written.
        problems.AddRange(reading.Problems.Select(problem => problem with { Line = 0, Column = 0 }));
        if (reading.Experiment is { } experiment)
        {
            problems.AddRange(Beyond(experiment, view.Key.Space, home));
            problems.AddRange(experiment.Dynamic.Select(entry => NotHere($"configuration.{entry.Key}", "asks a provider for configuration")));
        }

        return new Examined(problems.TrueForAll(problem => problem.IsWarning) ? reading.Experiment : null, problems);
    }

    private static IEnumerable<Problem> Forbidden(JsonObject document)
    {
        foreach (var key in (string[])["controls", "secrets"])
        {
            if (document[key] is JsonArray { Count: > 0 } or JsonObject { Count: > 0 })
            {
                yield return NotHere(key, key == "controls" ? "has controls" : "has secrets");
            }
        }

        foreach (var (path, provider) in Providers(document, ""))
        {
            if (provider.Text("type") is "process" or "python")
            {
                yield return NotHere(path, $"has a provider of type {provider.Text("type")}");
            }
        }
    }

    private static Problem NotHere(string path, string what) => new(path, "CRT8406",
        $"The document {what}, which would act with the operator's rights instead of those of whoever made the Experiment. Use fault, http and metric here, or run the document with craterctl.");

    private static IEnumerable<(string Path, JsonObject Provider)> Providers(JsonNode? node, string path) => node switch
    {
        JsonObject map => map.SelectMany(entry => entry is { Key: "provider", Value: JsonObject provider }
            ? [(Join(path, entry.Key), provider)]
            : Providers(entry.Value, Join(path, entry.Key))),
        JsonArray list => list.SelectMany((item, place) => Providers(item, $"{path}[{place}]")),
        _ => [],
    };

    private static string Join(string path, string key) => path.Length == 0 ? key : $"{path}.{key}";

    private static IEnumerable<Problem> Beyond(Experiment experiment, string space, string home)
    {
        for (var place = 0; place < experiment.Method.Count; place++)
        {
            if (experiment.Method[place].Provider is not FaultProvider { Target: var target })
            {
                continue;
            }

            var isSpaced = target.Kind is not (TargetKind.Node or TargetKind.Namespace);
            var hit = !isSpaced && target.Kind == TargetKind.Namespace ? target.Name : target.Namespace;
            if (Planner.ProtectedNamespaces.Contains(hit) || hit == home)
            {
                yield return new Problem($"method[{place}].provider.target", "CRT3011", $"Namespace '{hit}' is where the cluster itself or Crater lives; Crater breaks nothing there. Choose another namespace.");
            }
            else if (space != home && (!isSpaced || (hit.Length > 0 && hit != space)))
            {
                yield return new Problem($"method[{place}].provider.target", "CRT8407",
                    $"The target ({target}) is outside of namespace '{space}', where the Experiment is. Make the Experiment in the target's namespace, or, for other namespaces, nodes and namespaces themselves, in '{home}'.");
            }
        }
    }
}
