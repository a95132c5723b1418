using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Crater.Diagnostics;
using Crater.Kubernetes.Client;

namespace Crater.Kubernetes.Install;

/// <summary>
/// The small part of Helm's language that the chart keeps to: <c>{{ .a.b }}</c>, <c>{{ toJson .a.b }}</c>, and <c>{{- if [not] .a.b }}</c> … <c>{{- end }}</c> on lines of their own. Whatever
/// else stands in a template is an error, so that Helm and this cannot come to differ.
/// </summary>
public static partial class Template
{
    private static readonly JsonSerializerOptions Plain = new() { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <param name="root">With <c>Values</c>, <c>Release</c> and <c>Chart</c>.</param>
    /// <exception cref="CraterException">CRT8608: the template says something that is not understood, or names a value that is not there.</exception>
    public static string Render(string template, JsonObject root)
    {
        var text = new StringBuilder();
        Stack<bool> shown = [];
        foreach (var line in template.TrimEnd('\n').Split('\n'))
        {
            if (Condition().Match(line) is { Success: true } condition)
            {
                shown.Push(IsTrue(Value(root, condition.Groups[2].Value)) != condition.Groups[1].Success);
            }
            else if (End().IsMatch(line))
            {
                if (!shown.TryPop(out _))
                {
                    throw Strange(line);
                }
            }
            else if (shown.All(one => one))
            {
                text.Append(Filled(line, root)).Append('\n');
            }
        }

        return shown.Count == 0 ? text.ToString() : throw new CraterException("CRT8608", "A condition of the chart has no end.");
    }

    private static string Filled(string line, JsonObject root)
    {
        var filled = Place().Replace(line, match => match.Groups[1].Success
            ? Value(root, match.Groups[2].Value)?.ToJsonString(Plain) ?? "null"
            : Value(root, match.Groups[2].Value).Text());
        return filled.Contains("{{", StringComparison.Ordinal) ? throw Strange(line) : filled;
    }

    private static JsonNode? Value(JsonObject root, string path)
    {
        JsonNode? node = root;
        foreach (var step in path.TrimStart('.').Split('.'))
        {
            node = node is JsonObject parent && parent.TryGetPropertyValue(step, out var child) ? child
                : throw new CraterException("CRT8608", $"The chart asks for {path}, which values.yaml does not have.");
        }

        return node;
    }

    private static bool IsTrue(JsonNode? value) => value switch
    {
        JsonObject map => map.Count > 0,
        JsonArray list => list.Count > 0,
        _ => value.Text() is not ("" or "false" or "0"),
    };

    private static CraterException Strange(string line) => new("CRT8608", $"A template of the chart has a line that is not understood: {line.Trim()}");

    [GeneratedRegex(@"^\{\{- if (not )?(\.[\w.]+) \}\}$")]
    private static partial Regex Condition();

    [GeneratedRegex(@"^\{\{- end \}\}$")]
    private static partial Regex End();

    [GeneratedRegex(@"\{\{ (toJson )?(\.[\w.]+) \}\}")]
    private static partial Regex Place();
}
