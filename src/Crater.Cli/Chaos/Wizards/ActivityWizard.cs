using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Crater.Cli.Chaos.Wizards;

/// <summary>Lets a person pick activities of a discovery, one after another, and fill in their arguments.</summary>
internal sealed class ActivityWizard(Wizard wizard, IReadOnlyList<JsonObject> offered, bool withTolerance)
{
    public void AddTo(JsonArray pool)
    {
        do
        {
            if (Picked() is not { } picked)
            {
                return;
            }

            if (Text(picked["doc"]) is { Length: > 0 } doc)
            {
                wizard.Explain($"\n{doc}");
            }

            if (wizard.Confirm($"Do you want to use this {Text(picked["type"])}?"))
            {
                pool.Add((JsonNode)Made(picked));
            }
        }
        while (wizard.Confirm("Do you want to select another activity?"));
    }

    private JsonObject? Picked()
    {
        while (true)
        {
            wizard.Say("Add an activity");
            wizard.Say(string.Join('\n', offered.Select((activity, at) => $"{at + 1}) {Text(activity["name"])}")));
            var number = wizard.AskNumber("Activity (0 to escape)");
            if (number == 0)
            {
                return null;
            }

            if (number > 0 && number <= offered.Count)
            {
                return offered[number - 1];
            }

            wizard.Wrong("Please pick up a valid activity");
        }
    }

    private JsonObject Made(JsonObject picked)
    {
        var activity = new JsonObject { ["type"] = Text(picked["type"]), ["name"] = Text(picked["name"]) };
        if (withTolerance)
        {
            wizard.Explain("\nA probe of the hypothesis needs a tolerance: the value, or the range of values, that is well.\n");
            activity["tolerance"] = Value(wizard.Ask("What is the tolerance for this probe?"));
        }

        wizard.Explain("\nNow the arguments. A value between brackets is the default; return takes it.");
        var arguments = new JsonObject();
        foreach (var argument in (picked["arguments"] as JsonArray ?? []).OfType<JsonObject>().Where(argument => Text(argument["name"]) is not ("secrets" or "configuration")))
        {
            arguments[Text(argument["name"])] = Answered(argument);
        }

        activity["provider"] = new JsonObject
        {
            ["type"] = "python",
            ["module"] = Text(picked["mod"]),
            ["func"] = Text(picked["name"]),
            ["arguments"] = arguments,
        };
        return activity;
    }

    private JsonNode? Answered(JsonObject argument)
    {
        var hasDefault = argument.TryGetPropertyValue("default", out var standard);
        var shown = hasDefault ? Shown(standard) : null;
        while (true)
        {
            var answer = wizard.Ask($"Argument's value for '{Text(argument["name"])}'", shown);
            if (hasDefault && answer == shown)
            {
                return standard?.DeepClone();
            }

            if (Typed(Text(argument["type"]), answer, out var value))
            {
                return value;
            }

            wizard.Say($"Error: '{answer}' is not a valid {Text(argument["type"])}.");
        }
    }

    private static bool Typed(string type, string answer, out JsonNode? value)
    {
        value = type switch
        {
            "integer" => long.TryParse(answer, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var whole) ? JsonValue.Create(whole) : null,
            "number" => double.TryParse(answer, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) ? JsonValue.Create(number) : null,
            "boolean" => answer.ToLowerInvariant() switch
            {
                "true" or "t" or "1" or "yes" or "y" or "on" => JsonValue.Create(true),
                "false" or "f" or "0" or "no" or "n" or "off" => JsonValue.Create(false),
                _ => null,
            },
            "list" or "tuple" or "set" => Parsed(answer) as JsonArray,
            "mapping" => Parsed(answer) as JsonObject,
            "string" or "byte" => JsonValue.Create(answer),
            _ => Value(answer),
        };
        return value is not null;
    }

    // Numbers, true, false, lists and maps are what they look like; anything else is text.
    private static JsonNode Value(string answer) => Parsed(answer) ?? JsonValue.Create(answer);

    private static JsonNode? Parsed(string answer)
    {
        try
        {
            return JsonNode.Parse(answer);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static string Shown(JsonNode? standard) => standard is null ? "" : Settings.PythonText.Of(standard);

    private static string Text(JsonNode? json) => json?.GetValueKind() == JsonValueKind.String ? json.GetValue<string>() : "";
}
