using System.Text.Json.Nodes;
using Crater.Experiments;
using Crater.Runs.Activities;
using Xunit;

namespace Crater.Tests.Runs.Activities.Functions;

/// <summary>Calls native functions as an activity of a document does.</summary>
internal static class Calling
{
    public static Task<ActivityResult> CallAsync(string name, string arguments, string configuration = "{}", TimeProvider? clock = null, CancellationToken? abort = null)
    {
        var dot = name.LastIndexOf('.');
        var provider = new PythonProvider(name[..dot], name[(dot + 1)..], (JsonObject)JsonNode.Parse(arguments)!);
        var context = new ActivityContext { Configuration = ((JsonObject)JsonNode.Parse(configuration)!).ToDictionary(pair => pair.Key, pair => pair.Value) };
        return new ActivityPlayer([], clock ?? TimeProvider.System)
            .PlayAsync(new Activity { Name = name, IsProbe = false, Provider = provider }, context, abort ?? TestContext.Current.CancellationToken);
    }

    /// <summary>The value as JSON text.</summary>
    public static async Task<string> ValueAsync(string name, string arguments, string configuration = "{}")
    {
        var result = await CallAsync(name, arguments, configuration);
        Assert.True(result.Succeeded, result.Output);
        return result.Output;
    }

    /// <summary>Why it failed, with its code.</summary>
    public static async Task<string> FailureAsync(string name, string arguments, string configuration = "{}")
    {
        var result = await CallAsync(name, arguments, configuration);
        Assert.False(result.Succeeded, result.Output);
        return result.Output;
    }

    public static string Json(params (string Name, JsonNode? Value)[] pairs) =>
        new JsonObject(pairs.Select(pair => KeyValuePair.Create(pair.Name, pair.Value))).ToJsonString();
}
