using System.CommandLine;
using System.Text.Json.Nodes;
using Crater.Diagnostics;

namespace Crater.Cli.Verbs;

/// <summary><c>craterctl init [DIR]</c>: stack.yaml, experiments/ and a first document. What exists already is never touched.</summary>
internal static class InitVerb
{
    public static Command Create(GlobalOptions globals, Surroundings surroundings)
    {
        var folder = new Argument<string>("folder") { Description = "Where to begin (default: the working directory).", DefaultValueFactory = _ => "." };
        var command = new Command("init", "Make stack.yaml, experiments/ and a first experiment.") { folder };
        command.Does(globals, surroundings, (parsed, output, _) =>
        {
            var root = surroundings.Path(parsed.GetRequiredValue(folder));
            var space = parsed.GetValue(globals.Namespace) ?? "default";
            (string Path, string Text)[] files =
            [
                (Path.Combine(root, "stack.yaml"), Stack(space)),
                (Path.Combine(root, "experiments", "first-pod-kill.yaml"), Experiment(space)),
            ];
            var taken = files.Where(file => File.Exists(file.Path)).Select(file => new Problem(file.Path, "CRT1205", "It is there already and stays as it is.")).ToList();
            if (taken.Count > 0)
            {
                throw CraterException.For("Starting here", taken);
            }

            foreach (var (path, text) in files)
            {
                Directory.CreateDirectory(Path.GetDirectoryName(path)!);
                File.WriteAllText(path, text);
                output.Line($"wrote {Path.GetRelativePath(surroundings.WorkingDirectory, path)}");
            }

            output.Line();
            output.Line("Next: craterctl inventory · craterctl suggest · craterctl run experiments/first-pod-kill.yaml --dry-run");
            output.Document(new JsonObject { ["written"] = new JsonArray([.. files.Select(file => (JsonNode)file.Path)]) });
            return Task.FromResult(ExitCodes.Upheld);
        });
        return command;
    }

    private static string Stack(string space) => $"""
        # What Crater should know beyond what it discovers. Every key may be left out; what stands here wins over discovery.
        k8s:
          namespaces: [{space}]
          # target_services:
          #   - {'{'}name: carts-db, namespace: {space}, critical: true, tier: data, dependencies: []{'}'}
          # monitoring:
          #   prometheus: {'{'}url: "http://localhost:9090"{'}'}
        experiments:
          default_duration: 60s
        output:
          experiments_dir: experiments
          reports_dir: reports

        """;

    private static string Experiment(string space) => $$"""
        # A first experiment: kill one pod and see whether users notice.
        # Check it with 'craterctl validate', look at its plan with 'craterctl run … --dry-run'.
        title: The service survives losing a pod
        description: One pod is deleted; its owner starts another, and nobody notices.
        configuration:
          service_url: "http://localhost:8080"        # change me: an address that your users call
        steady-state-hypothesis:
          title: Users are served
          probes:
            - name: the service answers
              type: probe
              tolerance: 200
              provider: {type: http, url: "${service_url}/", timeout: 2}
        method:
          - type: action
            name: kill one pod
            provider:
              type: fault
              fault: pod-kill
              target: {namespace: {{space}}, labels: "app=my-app", count: 1}   # change me: 'craterctl inventory' lists labels
              duration: 30s
        guards:                                        # the run is aborted and everything put back when one trips
          - {http: "${service_url}/", for: 5s}
        blast-radius: {targets-max: 1, target-share-max: 1, duration-max: 2m}

        """;
}
