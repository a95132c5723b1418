using System.Text.Json.Nodes;
using Crater.Drivers;
using Crater.Runs;

namespace Crater.Cli.Composition;

/// <summary>What other engines would be told for a plan: each object is checked by the cluster in full and not stored.</summary>
internal static class EngineTrial
{
    public static async Task<IReadOnlyList<JsonObject>> TryAsync(Plan plan, IReadOnlyList<IDriver> drivers, CancellationToken stop)
    {
        List<JsonObject> made = [];
        foreach (var injection in plan.Injections)
        {
            if (drivers.FirstOrDefault(driver => driver.Name == injection.Driver) is IEngineDriver engine)
            {
                made.Add(Plain(await engine.TryAsync(injection, stop)));
            }
        }

        return made;
    }

    // What the server adds for its own use says nothing to a reader.
    private static JsonObject Plain(JsonObject made)
    {
        foreach (var key in (string[])["managedFields", "creationTimestamp", "generation", "resourceVersion", "uid"])
        {
            made["metadata"]!.AsObject().Remove(key);
        }

        return made;
    }
}
