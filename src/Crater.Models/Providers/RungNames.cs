using Crater.Diagnostics;

namespace Crater.Models.Providers;

/// <summary>Rungs as people write and read them.</summary>
public static class RungNames
{
    private static readonly (Rung Rung, string Name)[] All =
        [(Rung.StrictSchema, "strict-schema"), (Rung.ToolCall, "tool-call"), (Rung.JsonObject, "json-object"), (Rung.Prompt, "prompt")];

    public static string Text(this Rung rung) => All.First(one => one.Rung == rung).Name;

    /// <summary>From the named rung downwards; empty for all.</summary>
    /// <exception cref="CraterException">CRT7300: there is no such rung.</exception>
    internal static IReadOnlyList<Rung> Read(string name) =>
        name.Length == 0 ? []
        : All.Any(one => one.Name == name) ? [.. All.SkipWhile(one => one.Name != name).Select(one => one.Rung)]
        : throw new CraterException("CRT7300", $"There is no structure '{Safety.PlainText.Line(name, 40)}'; write {string.Join(", ", All.Select(one => one.Name))}.");
}
