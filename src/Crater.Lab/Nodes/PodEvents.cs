using System.Text.Json.Nodes;
using Crater.Lab.Store;

namespace Crater.Lab.Nodes;

/// <summary>The kubelet's events of pods, as <c>kubectl describe</c> shows them; the same event again raises its count.</summary>
internal sealed class PodEvents(ResourceStore store, TimeProvider clock)
{
    private const string Resource = "events";

    public void Normal(JsonObject pod, string reason, string message, string container = "") => Write(pod, "Normal", reason, message, container);

    public void Warning(JsonObject pod, string reason, string message, string container = "") => Write(pod, "Warning", reason, message, container);

    private void Write(JsonObject pod, string type, string reason, string message, string container)
    {
        var space = pod.Space();
        var hash = Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(System.Text.Encoding.UTF8.GetBytes($"{pod.Uid()}/{container}/{reason}/{message}")).AsSpan(0, 8));
        var name = $"{pod.Name()}.{hash}";
        var now = clock.GetUtcNow().Stamp();
        var known = store.Modify(Resource, space, name, known =>
        {
            known["count"] = (known.Number("count") ?? 1) + 1;
            known["lastTimestamp"] = now;
        });
        if (known is null)
        {
            Create(pod, space, name, now, (type, reason, message, container));
        }
    }

    private void Create(JsonObject pod, string space, string name, string now, (string Type, string Reason, string Message, string Container) what)
    {
        var about = new JsonObject
        {
            ["apiVersion"] = "v1",
            ["kind"] = "Pod",
            ["name"] = pod.Name(),
            ["namespace"] = space,
            ["uid"] = pod.Uid(),
            ["resourceVersion"] = pod.Text("metadata", "resourceVersion"),
        };
        if (what.Container.Length > 0)
        {
            about["fieldPath"] = $"spec.containers{{{what.Container}}}";
        }

        try
        {
            store.Create(Resource, new JsonObject
            {
                ["apiVersion"] = "v1",
                ["kind"] = "Event",
                ["metadata"] = new JsonObject { ["name"] = name, ["namespace"] = space, ["uid"] = Guid.CreateVersion7(clock.GetUtcNow()).ToString(), ["creationTimestamp"] = now },
                ["involvedObject"] = about,
                ["reason"] = what.Reason,
                ["message"] = what.Message,
                ["type"] = what.Type,
                ["count"] = 1,
                ["firstTimestamp"] = now,
                ["lastTimestamp"] = now,
                ["reportingComponent"] = "kubelet",
                ["reportingInstance"] = pod.Text("spec", "nodeName"),
                ["source"] = new JsonObject { ["component"] = "kubelet", ["host"] = pod.Text("spec", "nodeName") },
            });
        }
        catch (StoreConflictException)
        {
            // Two containers wrote the same event at once; one of them is enough.
        }
    }
}
