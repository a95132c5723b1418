using System.Globalization;
using System.Text.Json.Nodes;
using Crater.Experiments;
using Crater.Runs.Activities.Python;

namespace Crater.Runs.Controls;

/// <summary>What controls come with beside the document.</summary>
public sealed record ControlOptions
{
    /// <summary>How long a hook may take. Unit: seconds.</summary>
    public const string Variable = "CRATER_CONTROL_SECONDS";

    /// <summary>Controls of the settings and of control files, which are called for every document.</summary>
    public IReadOnlyList<Control> Global { get; init; } = [];

    /// <summary>The settings file, as hooks are shown it; null without one.</summary>
    public JsonObject? Settings { get; init; }

    /// <summary>Controls that are carried out here, in the place of Python modules: by default all that there are.</summary>
    public IReadOnlyList<INativeControl> Natives { get; init; } = [new TerraformControl(TimeProvider.System)];

    /// <summary>What the document was read with; a document that a control wrote into is read with the same.</summary>
    public ReadOptions Reading { get; init; } = new();

    /// <summary>The document's <c>dry</c>, as hooks are shown it; empty for none.</summary>
    public string Dry { get; init; } = "";

    /// <summary>Told what controls raise and what becomes of it; null drops it.</summary>
    public Action<PythonLine>? Log { get; init; }

    /// <value>How long a hook may take before it is interrupted. Default: 5 minutes, or what <see cref="Variable"/> says.</value>
    public TimeSpan HookMax { get; init; } = FromEnvironment(System.Environment.GetEnvironmentVariable(Variable));

    /// <summary>Reads the <c>controls</c> of a settings file, or a whole control file: a map of controls by name. What is no control of a kind that exists is left out.</summary>
    public static IReadOnlyList<Control> ReadGlobal(JsonObject? controls) => [.. (controls ?? []).Select(Read).OfType<Control>()];

    internal static TimeSpan FromEnvironment(string? text) =>
        double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var seconds) && seconds is > 0 and < 86_400 ? TimeSpan.FromSeconds(seconds) : TimeSpan.FromMinutes(5);

    private static Control? Read(KeyValuePair<string, JsonNode?> entry)
    {
        if (entry.Value is not JsonObject map || map["provider"] is not JsonObject provider || Text(provider["type"]) != "python" || Text(provider["module"]) is not { Length: > 0 } module)
        {
            return null;
        }

        return new Control(entry.Key, module, provider["arguments"]?.DeepClone() as JsonObject ?? [])
        {
            Scope = Text(map["scope"]) switch { "before" => ControlScope.Before, "after" => ControlScope.After, _ => null },
            IsAutomatic = map["automatic"] is not JsonValue automatic || !automatic.TryGetValue<bool>(out var value) || value,
        };
    }

    private static string? Text(JsonNode? node) => node is JsonValue value && value.TryGetValue<string>(out var text) ? text : null;
}
