using System.Security.Cryptography;
using System.Text.Json.Nodes;
using Crater.Lab.Store;

namespace Crater.Lab.Controllers;

/// <summary>Writes the events that people look for in <c>kubectl describe</c>; the same words about the same object are counted, not repeated.</summary>
public sealed class EventRecorder(ResourceStore store, TimeProvider clock)
{
    /// <summary>Remembered events per recorder; beyond it counting starts anew, which costs nothing but a line.</summary>
    private const int RememberedMax = 10_000;

    private readonly Dictionary<(string Uid, string Reason, string Message), string> _names = [];
    private readonly Lock _gate = new();

    /// <param name="about">The object, with kind, apiVersion and metadata.</param>
    /// <param name="reason">One word: <c>Scheduled</c>, <c>FailedCreate</c>.</param>
    /// <param name="component">Who says it: <c>default-scheduler</c>, <c>kubelet</c>.</param>
    /// <param name="fieldPath">The part of the object that is meant, for example <c>spec.containers{main}</c>.</param>
    public void Record(JsonObject about, string type, string reason, string message, string component, string host = "", string fieldPath = "")
    {
        var space = about.Space().Length > 0 ? about.Space() : "default";
        var key = (about.Uid(), reason, message);
        lock (_gate)
        {
            if (_names.TryGetValue(key, out var known) && store.Modify("events", space, known, Count) is not null)
            {
                return;
            }

            if (_names.Count >= RememberedMax)
            {
                _names.Clear();
            }

            var name = $"{about.Name()}.{RandomNumberGenerator.GetHexString(16, lowercase: true)}";
            store.Create("events", New(name, space, about, type, reason, message, component, host, fieldPath));
            _names[key] = name;
        }
    }

    private void Count(JsonObject stored)
    {
        stored["count"] = stored.Count(1, "count") + 1;
        stored["lastTimestamp"] = clock.GetUtcNow().Stamp();
    }

    private JsonObject New(
        string name, string space, JsonObject about, string type, string reason, string message, string component, string host, string fieldPath)
    {
        var now = clock.GetUtcNow().Stamp();
        var involved = new JsonObject
        {
            ["kind"] = about.Text("kind"),
            ["namespace"] = about.Space(),
            ["name"] = about.Name(),
            ["uid"] = about.Uid(),
            ["apiVersion"] = about.Text("apiVersion"),
            ["resourceVersion"] = about.Text("metadata", "resourceVersion"),
        };
        if (fieldPath.Length > 0)
        {
            involved["fieldPath"] = fieldPath;
        }

        var source = new JsonObject { ["component"] = component };
        if (host.Length > 0)
        {
            source["host"] = host;
        }

        return new JsonObject
        {
            ["apiVersion"] = "v1",
            ["kind"] = "Event",
            ["metadata"] = new JsonObject
            {
                ["name"] = name,
                ["namespace"] = space,
                ["uid"] = new Guid(RandomNumberGenerator.GetBytes(16)).ToString(),
                ["creationTimestamp"] = now,
            },
            ["involvedObject"] = involved,
            ["reason"] = reason,
            ["message"] = message,
            ["source"] = source,
            ["firstTimestamp"] = now,
            ["lastTimestamp"] = now,
            ["count"] = 1,
            ["type"] = type,
            ["eventTime"] = null,
            ["reportingComponent"] = component,
            ["reportingInstance"] = host,
        };
    }
}
