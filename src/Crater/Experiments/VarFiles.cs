using System.Text.Json.Nodes;
using Crater.Diagnostics;
using Crater.Documents;

namespace Crater.Experiments;

/// <summary>What var files give: overrides of configuration and secrets, and environment variables.</summary>
/// <param name="Options">The options with everything in them; what they had before counts more than any file.</param>
/// <param name="Environment">What <c>.env</c> files set. It is in the options already; programs that are started must get it too.</param>
public sealed record VarFileReading(ReadOptions Options, IReadOnlyDictionary<string, string> Environment, IReadOnlyList<Problem> Problems);

/// <summary>
/// Reads the files of <c>--var-file</c>: <c>.json</c>, <c>.yaml</c> and <c>.yml</c> with <c>configuration</c> and <c>secrets</c>, anything else as lines
/// <c>NAME=value</c> for the environment. A later file counts more than an earlier one, key by key.
/// </summary>
public static class VarFiles
{
    /// <param name="files">Paths, in the order of the command line.</param>
    public static VarFileReading Read(IReadOnlyList<string> files, ReadOptions options)
    {
        var (variables, secrets) = (new Dictionary<string, JsonNode?>(StringComparer.Ordinal), new JsonObject());
        Dictionary<string, string> environment = new(StringComparer.Ordinal);
        List<Problem> problems = [];
        foreach (var file in files)
        {
            if (Path.GetExtension(file) is ".json" or ".yaml" or ".yml")
            {
                ReadDocument(file, variables, secrets, problems);
            }
            else
            {
                ReadLines(file, environment, problems);
            }
        }

        foreach (var (name, value) in options.Variables)
        {
            variables[name] = value;
        }

        foreach (var (group, value) in options.SecretOverrides)
        {
            secrets[group] = value?.DeepClone();
        }

        var all = new Dictionary<string, string>(options.Environment, StringComparer.Ordinal);
        foreach (var (name, value) in environment)
        {
            all[name] = value;
        }

        return new VarFileReading(options with { Variables = variables, SecretOverrides = secrets, Environment = all }, environment, problems);
    }

    private static void ReadDocument(string file, Dictionary<string, JsonNode?> variables, JsonObject secrets, List<Problem> problems)
    {
        var document = DocumentReader.ReadFile(file);
        problems.AddRange(document.Problems.Where(problem => problem.Code != "CRT1005").Select(problem => problem with { Path = file, Message = $"{problem.Message} (in the var file {file})" }));
        if (document.Root is not MapNode root)
        {
            if (document.Root is { } other and not ScalarNode { IsNull: true })
            {
                problems.Add(Wrong(file, other, $"A var file is a map with configuration and secrets; found {other.Saying}."));
            }

            return;
        }

        var scope = new Reading.ReadScope(new ReadOptions(), []);
        var fields = new Reading.Fields(root, file, scope);
        foreach (var (key, value) in Section(fields, "configuration"))
        {
            variables[key] = value;
        }

        foreach (var (key, value) in Section(fields, "secrets"))
        {
            secrets[key] = value;
        }

        fields.WarnUnknown("A var file");
        problems.AddRange(scope.Problems.Select(problem => problem.Code == "CRT2006" ? problem with { Code = "CRT2209" } : problem));
    }

    private static IEnumerable<KeyValuePair<string, JsonNode?>> Section(Reading.Fields fields, string key) =>
        fields.MapOf(key)?.Entries.Select(entry => KeyValuePair.Create(entry.Key, entry.Value.ToJson())) ?? [];

    private static void ReadLines(string file, Dictionary<string, string> environment, List<Problem> problems)
    {
        var document = DocumentReader.ReadText(file);
        problems.AddRange(document.Problems);
        var number = 0;
        foreach (var raw in document.Text.Split('\n'))
        {
            number++;
            var line = raw.Trim();
            if (line.Length == 0 || line[0] == '#')
            {
                continue;
            }

            var equals = line.IndexOf('=', StringComparison.Ordinal);
            if (equals > 0)
            {
                environment[line[..equals]] = line[(equals + 1)..];
            }
            else
            {
                problems.Add(new Problem(file, "CRT2209", $"Line {number} of the var file {file} is not NAME=value. A file with configuration and secrets must end in .json, .yaml or .yml.", number, 1));
            }
        }
    }

    private static Problem Wrong(string file, DocumentNode at, string message) => new(file, "CRT2209", message, at.Line, at.Column);
}
