using System.Text.Json.Nodes;
using Crater.Models;
using Crater.Models.Narrate;
using Crater.Models.Prompts;
using Crater.Reports.Causes;
using Crater.Tests.Models.Scripted;
using Crater.Tests.Reports.Causes;
using Xunit;

namespace Crater.Tests.Models;

/// <summary>Answers and questions for tests of narration.</summary>
internal static class SomeNarration
{
    public static string Weakness => RootCauseTests.Weakness;

    public static JsonObject Answer(params JsonObject[] statements) => new()
    {
        ["conclusion"] = "weakness",
        ["weakness"] = Weakness,
        ["confidence"] = "high",
        ["statements"] = new JsonArray(
        [
            Statement("observed", "Users lost requests while {c06} was away: at worst {users.error-rate.worst} of them.", "users.error-rate.worst"),
            Statement("cause", "There is only one of {c06}, and {c03} has nobody else to ask when it is away.", Weakness),
            .. statements,
        ]),
    };

    public static JsonObject Statement(string part, string text, params string[] cites) => new()
    {
        ["part"] = part,
        ["text"] = text,
        ["cites"] = new JsonArray([.. cites.Select(id => (JsonNode?)JsonValue.Create(id))]),
    };

    public static async Task<Narration> TellAsync(ScriptedModelServer script, SomeCase? run = null, bool anonymise = false, Budget? budget = null, Func<Provider, Provider>? change = null)
    {
        using var model = Asking.Model(script, budget: budget, change: change);
        return await new Narrator(model, new PromptBook()).TellAsync((run ?? new SomeCase()).File, anonymise, TestContext.Current.CancellationToken);
    }
}
