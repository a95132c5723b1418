using System.Text.Json.Nodes;
using Crater.Kubernetes.Client;
using Crater.Kubernetes.Drivers.Engines;

namespace Crater.Kubernetes.Drivers.Litmus;

/// <summary>Ends an engine of ours step by step: stop it, wait until nothing of it runs, delete it. Needs nothing but the engine, so that whoever comes by can.</summary>
internal static class LitmusEnd
{
    /// <summary>Takes the next step. Safe to repeat, and from several processes at once.</summary>
    /// <param name="mayDelete">Looks at what has ended before its last trace but the record is deleted, and throws where that must stay.</param>
    public static async Task StepAsync(KubernetesClient client, JsonObject seen, Func<LitmusState, Task> mayDelete, CancellationToken budget)
    {
        var experiment = seen.Objects("spec", "experiments").FirstOrDefault().Text("name");
        var state = await LitmusState.ReadAsync(client, seen.Namespace(), seen.Name(), experiment, seen.Annotation(Mark.InjectionKey), budget);
        if (state.Engine is not { } engine || engine.IsTerminating())
        {
            return;
        }

        try
        {
            if (!state.IsStopAsked && state.Status != "completed")
            {
                // Nothing but this one field: the operator writes spec and status in one update, and must not be written over.
                await client.PatchAsync(LitmusEngine.Engines, engine.Namespace(), engine.Name(), PatchForm.Merge, new JsonObject { ["spec"] = new JsonObject { ["engineState"] = "stop" } }, null, budget);
            }
            else if (state.HasEnded && state.Running.Count == 0)
            {
                await mayDelete(state);
                await KeepRecordAsync(client, state, budget);
                await client.DeleteAsync(LitmusEngine.Engines, engine.Namespace(), engine.Name(), new DeleteRequest { Uid = engine.Uid() }, budget);
            }
        }
        catch (KubernetesException e) when (e.IsNotFound || e.IsConflict)
        {
            // Somebody else was there first; the next look says what is left.
        }
    }

    // The result is all that says later whether the target was reverted; its label lets it be tidied away.
    private static async Task KeepRecordAsync(KubernetesClient client, LitmusState state, CancellationToken budget)
    {
        if (state.Result is not { } result || result.Labels().ContainsKey(EngineObject.EndedLabel))
        {
            return;
        }

        var patch = new JsonObject
        {
            ["metadata"] = new JsonObject
            {
                ["labels"] = new JsonObject { [EngineObject.EndedLabel] = "true" },
                ["annotations"] = new JsonObject
                {
                    [Mark.RunKey] = state.Engine.Annotation(Mark.RunKey),
                    [Mark.InjectionKey] = state.Engine.Annotation(Mark.InjectionKey),
                    [EngineObject.EndedKey] = Mark.DeadlineText(await client.ServerNowAsync(budget)),
                },
            },
        };
        await client.PatchAsync(LitmusEngine.Results, result.Namespace(), result.Name(), PatchForm.Merge, patch, null, budget);
    }
}
