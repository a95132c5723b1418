using System.Text.Json;
using System.Text.Json.Nodes;
using Crater.Models.Protocols;
using Crater.Models.Safety;

namespace Crater.Models.Structure;

/// <summary>Sorts the calls that a model asks for into those that can be made and those that are answered with what is wrong. Each call gets exactly one answer.</summary>
public static class ToolCalls
{
    /// <param name="Call">As asked, with an id that no other call of the answer has.</param>
    /// <param name="Arguments">Checked against the tool's schema; null when the call cannot be made.</param>
    /// <param name="Problem">Why it cannot; empty when it can.</param>
    public sealed record Sorted(ToolCall Call, JsonElement? Arguments, string Problem);

    public static IReadOnlyList<Sorted> Sort(IReadOnlyList<ToolCall> calls, IReadOnlyList<ToolOffer> tools)
    {
        HashSet<string> ids = new(StringComparer.Ordinal);
        List<Sorted> sorted = [];
        foreach (var call in calls)
        {
            // The first of two calls with one id is made; of the second nobody could say which result is its own.
            var isDouble = !ids.Add(call.Id);
            var known = isDouble ? call with { Id = FreeId(call.Id, ids) } : call;
            sorted.Add(isDouble ? new Sorted(known, null, "another call of the same answer has this id; ask again with an id of its own") : Check(known, tools));
        }

        return sorted;
    }

    private static string FreeId(string id, HashSet<string> taken)
    {
        var n = 2;
        while (!taken.Add($"{id}-{n}"))
        {
            n++;
        }

        return $"{id}-{n}";
    }

    private static Sorted Check(ToolCall call, IReadOnlyList<ToolOffer> tools)
    {
        if (tools.FirstOrDefault(tool => tool.Name == call.Name) is not { } tool)
        {
            return new Sorted(call, null, $"there is no tool '{PlainText.Prose(call.Name, 60)}'; there are {string.Join(", ", tools.Select(one => one.Name))}");
        }

        if (Json.TryParse(call.Arguments.Trim().Length == 0 ? "{}" : call.Arguments) is not { } arguments)
        {
            return new Sorted(call, null, "the arguments are not JSON");
        }

        arguments = WithNulls(arguments, tool.Parameters);
        var problems = SchemaCheck.Problems(arguments, tool.Parameters);
        return problems.Count == 0 ? new Sorted(call, arguments, "") : new Sorted(call, null, string.Join("; ", problems));
    }

    /// <summary>Who keeps to no strict schema leaves out what may be null.</summary>
    private static JsonElement WithNulls(JsonElement arguments, JsonObject schema)
    {
        var missing = arguments.ValueKind != JsonValueKind.Object ? [] : ((JsonObject)schema["properties"]!)
            .Where(property => !arguments.TryGetProperty(property.Key, out _) && property.Value!["type"] is JsonArray types && types.Any(type => type!.GetValue<string>() == "null"))
            .Select(property => property.Key).ToArray();
        if (missing.Length == 0)
        {
            return arguments;
        }

        var whole = JsonObject.Create(arguments)!;
        foreach (var name in missing)
        {
            whole[name] = null;
        }

        return JsonElement.Parse(whole.ToJsonString());
    }
}
