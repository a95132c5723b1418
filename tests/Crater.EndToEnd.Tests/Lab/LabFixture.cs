using System.Text.Json.Nodes;
using Crater.Lab;
using Crater.Lab.Nodes;
using Xunit;

namespace Crater.EndToEnd.Tests.Lab;

/// <summary>A lab with short back-offs, and pods put on a node by hand: what is tested here is the node, not the scheduler.</summary>
internal static class LabFixture
{
    /// <summary>Long enough for a busy machine; a test that needs it all has failed.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    /// <summary>The lab's hidden tools, called through the command line that the tests were built with.</summary>
    public static IReadOnlyList<string> Tool { get; } = ["dotnet", Path.Combine(AppContext.BaseDirectory, "craterctl.dll")];

    public static Task<LabCluster> StartAsync(string backOff = "200ms") => LabCluster.StartAsync(
        new LabOptions { Images = new ImageMap().Add("host=host").Add("web=host"), Tool = Tool, BackOffBase = Targets.Durations.Parse(backOff) },
        TestContext.Current.CancellationToken);

    public static JsonObject Pod(string name, string command, string more = "", string podMore = "", string image = "host") => JsonNode.Parse($$$"""
        {"apiVersion": "v1", "kind": "Pod",
         "metadata": {"name": "{{{name}}}", "namespace": "default", "uid": "uid-{{{name}}}", "labels": {"app": "{{{name}}}"}},
         "spec": {"nodeName": "node1", {{{podMore}}} "containers": [{"name": "main", "image": "{{{image}}}", "command": {{{command}}} {{{more}}}}]}}
        """)!.AsObject();

    public static async Task<JsonObject> UntilAsync(this LabCluster lab, string pod, Func<JsonObject, bool> holds)
    {
        var stop = TestContext.Current.CancellationToken;
        var began = TimeProvider.System.GetTimestamp();
        while (true)
        {
            var found = lab.Store.Get("pods", "default", pod);
            if (found is not null && holds(found))
            {
                return found;
            }

            Assert.True(TimeProvider.System.GetElapsedTime(began) < Patience, $"{pod} did not get there: {found?["status"]?.ToJsonString()}");
            await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, stop);
        }
    }

    public static Task UntilAsync(Func<bool> holds, string what) => UntilAsync(() => Task.FromResult(holds()), what);

    /// <param name="holds">Asks the lab, which lives in this process: whoever blocked a thread of the pool for it would keep it from answering.</param>
    public static async Task UntilAsync(Func<Task<bool>> holds, string what)
    {
        var began = TimeProvider.System.GetTimestamp();
        while (!await holds())
        {
            Assert.True(TimeProvider.System.GetElapsedTime(began) < Patience, $"It did not happen: {what}");
            await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, TestContext.Current.CancellationToken);
        }
    }

    public static async Task<string> LogAsync(this LabCluster lab, string pod, bool previous = false)
    {
        using var copy = new MemoryStream();
        await lab.Logs(new Crater.Lab.Api.LogRequest("default", pod, "") { Previous = previous }, copy);
        return System.Text.Encoding.UTF8.GetString(copy.ToArray());
    }

    public static JsonNode? State(this JsonObject pod, string kind = "state") => pod["status"]?["containerStatuses"]?[0]?[kind];

    public static bool IsReady(this JsonObject pod) =>
        pod["status"]?["conditions"]?.AsArray().Any(condition => (string?)condition!["type"] == "Ready" && (string?)condition["status"] == "True") == true;

    public static string Address(this JsonObject pod) => (string?)pod["status"]?["podIP"] ?? "";
}
