using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using Crater.Cli.Composition;
using Crater.Cli.Terminal;
using Crater.Discovery;
using Crater.Models;
using Crater.Models.Checks;

namespace Crater.Cli.Verbs;

/// <summary><c>craterctl models check</c>: asks the model that would be asked, for real, and says what it can do, how fast, and for how much.</summary>
internal static class ModelsVerb
{
    public static Command Create(GlobalOptions globals, Surroundings surroundings)
    {
        var desk = new ModelDesk { Otherwise = "auto" };
        var check = new Command("check", "Ask it four small questions: strict schema, tools, JSON, streaming; latency and price. Tells nothing about any system.");
        desk.AddTo(check);
        check.Does(globals, surroundings, async (parsed, output, stop) =>
        {
            using var model = desk.Open(parsed, StackFile.Find(parsed.GetValue(globals.Config), surroundings.WorkingDirectory), "Four small questions that tell nothing about any system are sent there.", surroundings, output);
            if (model is null)
            {
                output.Line($"No model is asked: {desk.Reason}.");
                output.Document(new JsonObject { ["model"] = null, ["reason"] = desk.Reason });
                return ExitCodes.Environment;
            }

            var found = await ModelCheck.RunAsync(model, stop);
            Say(model, found, output);
            return found.Any(one => one.Works) ? ExitCodes.Upheld : ExitCodes.Environment;
        });
        return new Command("models", "Language models: what can be asked.") { check };
    }

    private static void Say(HttpModel model, IReadOnlyList<Capability> found, Output output)
    {
        foreach (var one in found)
        {
            output.Line(one.Works
                ? string.Create(CultureInfo.InvariantCulture, $"✓ {one.Name,-13} {one.Latency.TotalSeconds:0.00} s, {one.Usage.Input} tokens read and {one.Usage.Output} written{(one.Usage.IsEstimate ? " (estimated: it does not say)" : "")}")
                : $"✗ {one.Name,-13} {one.Detail}");
        }

        var spent = model.Spending;
        output.Line(string.Create(CultureInfo.InvariantCulture, $"  {spent.Calls} calls, {spent.Used.Input} tokens read and {spent.Used.Output} written, ")
            + (spent.Money is { } money ? string.Create(CultureInfo.InvariantCulture, $"{money:0.######} US dollars") : "price unknown: CRATER_MODEL_PRICE=INPUT/OUTPUT says it (US dollars for a million tokens)"));
        output.Document(new JsonObject
        {
            ["provider"] = model.Provider.Name,
            ["model"] = model.Provider.Model,
            ["answeredAs"] = found.Select(one => one.Model).FirstOrDefault(name => name.Length > 0),
            ["endpoint"] = model.Provider.Endpoint.GetLeftPart(UriPartial.Path),
            ["reason"] = model.Provider.Reason,
            ["capabilities"] = new JsonArray([.. found.Select(one => (JsonNode?)new JsonObject
            {
                ["name"] = one.Name,
                ["works"] = one.Works,
                ["detail"] = one.Detail,
                ["latencySeconds"] = Math.Round(one.Latency.TotalSeconds, 3),
            })]),
            ["inputTokens"] = spent.Used.Input,
            ["outputTokens"] = spent.Used.Output,
            ["money"] = spent.Money,
        });
    }
}
