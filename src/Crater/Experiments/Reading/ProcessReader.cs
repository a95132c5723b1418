using System.Text.Json.Nodes;
using Crater.Documents;

namespace Crater.Experiments.Reading;

/// <summary>Reads a provider of type <c>process</c>.</summary>
internal sealed class ProcessReader(ReadScope scope)
{
    private static readonly Dictionary<int, JsonNode> None = [];

    private readonly Dictionary<string, string?> _found = new(StringComparer.Ordinal);

    public ProcessProvider? Read(Fields fields)
    {
        var path = fields.Text("path");
        var (arguments, structures, throughShell) = Arguments(fields);
        var timeout = ReadTimeout(fields);
        var environment = Environment(fields);
        if (string.IsNullOrWhiteSpace(path))
        {
            scope.Error("CRT2050", fields.Path, fields.Map, "A process provider needs a path: the program to start.");
            return null;
        }

        if (path.Contains('$'))
        {
            scope.Warn("CRT2053", fields.At("path"), fields.Map["path"], "The path of a process is taken as it is written; ${…} is not replaced in it.");
        }

        // Chaos Toolkit refuses a path with a variable in it like any other program that is not there.
        if (Find(path) is null && (scope.Options.IsStrict || !path.Contains('$')))
        {
            scope.Error("CRT2051", fields.At("path"), fields.Map["path"], $"The program {path} is not there or cannot be executed. Install it, or give its full path.");
        }

        return new ProcessProvider(path, arguments, throughShell, timeout) { Structures = structures, Environment = environment };
    }

    // Chaos Toolkit looks into the home folder when it runs a program, and not when it validates. A document of many activities names few programs.
    private string? Find(string path)
    {
        if (!_found.TryGetValue(path, out var program))
        {
            program = scope.Options.IsStrict && path.StartsWith('~') ? null : Programs.Find(path, scope.Options.Environment);
            _found[path] = program;
        }

        return program;
    }

    private (IReadOnlyList<string> Arguments, IReadOnlyDictionary<int, JsonNode> Structures, bool ThroughShell) Arguments(Fields fields)
    {
        var node = fields.Take("arguments");
        if (node is not null)
        {
            scope.CheckNames(node, fields.At("arguments"));
        }

        switch (node)
        {
            case null:
                return ([], None, false);
            case ScalarNode scalar:
                return ([scalar.IsText ? scalar.Text : Substitution.Written(scalar.ToJson())], None, true);
            case ListNode list:
                var items = list.Items.Select(item => item.ToJson()).Where(item => Written(item).Length > 0).ToList();
                return ([.. items.Select(Written)], items.Index().Where(entry => entry.Item is JsonObject or JsonArray).ToDictionary(entry => entry.Index, entry => entry.Item!), false);
            default:
                scope.Warn("CRT2052", fields.At("arguments"), node, "Arguments as a map are deprecated: each key and value becomes an argument. Write a list.");
                return ([.. ((MapNode)node).Entries.SelectMany(entry => new[] { entry.Key, Written(entry.Value.ToJson()) }).Where(text => text.Length > 0)], None, false);
        }
    }

    private static string Written(JsonNode? value) => value is null ? "" : Substitution.Written(value);

    private static TimeSpan? ReadTimeout(Fields fields)
    {
        if (fields.Take("timeout") is not { } node)
        {
            return null;
        }

        if (node is ScalarNode { Number: > 0 and < 1e8 } scalar)
        {
            return TimeSpan.FromSeconds(scalar.Number!.Value);
        }

        fields.Wrong("timeout", node, "a number of seconds greater than 0, written as a number", "CRT2054");
        return null;
    }

    private static Dictionary<string, string> Environment(Fields fields) =>
        fields.MapOf("env")?.Entries.ToDictionary(entry => entry.Key, entry => Written(entry.Value.ToJson())) ?? [];
}
