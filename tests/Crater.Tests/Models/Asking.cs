using System.Text.Json.Nodes;
using Crater.Diagnostics;
using Crater.Models;
using Crater.Models.Structure;
using Crater.Tests.Models.Scripted;
using Xunit;
using static Crater.Models.Structure.Schema;

namespace Crater.Tests.Models;

/// <summary>Small questions to a script.</summary>
internal static class Asking
{
    public static JsonObject Schema { get; } = Crater.Models.Structure.Schema.Object(("colour", Choice(["red", "green"], "A colour.")), ("size", Whole("A size.")));

    public static ModelRequest Question { get; } = new() { Messages = [new Message(Role.System, "Be brief."), new Message(Role.User, "Which colour?")] };

    public static HttpModel Model(ScriptedModelServer script, Protocol protocol = Protocol.OpenAi, Budget? budget = null, TimeProvider? clock = null, Price? price = null, Func<Provider, Provider>? change = null) =>
        new((change ?? (provider => provider))(script.Provider(protocol)), new Spending(budget ?? new Budget(), price, clock ?? TimeProvider.System), clock ?? TimeProvider.System);

    public static async Task<ModelAnswer> AskAsync(HttpModel model, ModelRequest? request = null)
    {
        using (model)
        {
            return await model.AskAsync(request ?? Question, TestContext.Current.CancellationToken);
        }
    }

    public static async Task<string> CodeOfAsync(HttpModel model, ModelRequest? request = null) =>
        (await Assert.ThrowsAsync<CraterException>(() => AskAsync(model, request))).Code;

    public static async Task<FormedAnswer> ClimbAsync(HttpModel model)
    {
        using (model)
        {
            return await new AnswerLadder(model, model.Rungs).AskAsync(Question.Messages, "pick", Schema, 100, _ => [], TestContext.Current.CancellationToken);
        }
    }

    /// <summary>All that was said in a request.</summary>
    public static string Words(JsonObject request) => string.Join('\n', request["messages"]!.AsArray().Select(message => (message!["content"] as JsonValue)?.GetValue<string>()));
}
