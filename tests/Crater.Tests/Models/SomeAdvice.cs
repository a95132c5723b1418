using System.Text.Json.Nodes;
using Crater.Advice;
using Crater.Models;
using Crater.Models.Prompts;
using Crater.Models.Suggest;
using Crater.Risks;
using Crater.Tests.Advice;
using Crater.Tests.Models.Scripted;
using Xunit;

namespace Crater.Tests.Models;

/// <summary>Answers and questions for tests of advice by a model.</summary>
internal static class SomeAdvice
{
    /// <summary>A shop with a store and a service of one replica each, and a call without a timeout.</summary>
    public static Shortlist Shortlist(int count = 3)
    {
        var orders = SketchedShop.Web("orders");
        orders = orders with { Policy = orders.Policy.Declaring("client-timeout.payment", "none") };
        return Crater.Advice.Shortlist.Of(
            SketchedShop.Topology(SketchedShop.Store("orders-db", replicas: 1), SketchedShop.Web("carts", replicas: 1), orders), RiskCatalogue.BuiltIn, new AdviceOptions { Count = count });
    }

    public static JsonObject Choosing(Digest digest, params string[] ids) => new()
    {
        ["summary"] = "The shop depends on two things of which there is only one.",
        ["proposals"] = new JsonArray([.. ids.Select(id => (JsonNode?)Item(digest, id))]),
    };

    public static JsonObject Item(Digest digest, string id) => new()
    {
        ["candidate"] = id,
        ["rationale"] = "There is only one of it, and the whole shop waits for it when it is away.",
        ["expectedImpact"] = "Users cannot check out until it is back.",
        ["confidence"] = "high",
        ["evidence"] = new JsonArray(digest.Offers.TryGetValue(id, out var offer) ? offer.Rules[0] : "WK-REPLICAS"),
        ["parameters"] = new JsonArray(),
    };

    public static Digest Digest(Shortlist? shortlist = null, DigestOptions? options = null) => Crater.Models.Suggest.Digest.Of(shortlist ?? Shortlist(), options ?? new DigestOptions());

    /// <summary>Asks the script as the command line asks a model.</summary>
    public static async Task<Advisory> AskAsync(ScriptedModelServer script, Shortlist? shortlist = null, Protocol protocol = Protocol.OpenAi, Budget? budget = null, int count = 3, Price? price = null)
    {
        using var model = new HttpModel(script.Provider(protocol), new Spending(budget ?? new Budget(), price, TimeProvider.System), TimeProvider.System);
        return await new ModelAdvisor(model, new PromptBook()).ProposeAsync(shortlist ?? Shortlist(), count, new DigestOptions(), TestContext.Current.CancellationToken);
    }
}
