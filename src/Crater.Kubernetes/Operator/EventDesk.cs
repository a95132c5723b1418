using System.Collections.Concurrent;
using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json.Nodes;
using Crater.Kubernetes.Client;

namespace Crater.Kubernetes.Operator;

/// <summary>Tells of an object's end by an Event, which is what people and alerts look at. One an object, and not more than a minute takes; what is not told is in its status all the same.</summary>
internal sealed class EventDesk(KubernetesClient client, OperatorOptions options)
{
    /// <value>Normal Events a minute; of more the statuses tell. Kubernetes' own clients hold back in such a way, too. Warnings are always written.</value>
    private const int NormalMax = 60;

    /// <summary>What the API takes as an event's message.</summary>
    private const int MessageMax = 1024;

    private readonly Lock _gate = new();
    private int _normal;
    private DateTimeOffset _since;

    public async Task TellAsync(JsonObject about, CancellationToken stop)
    {
        var phase = about.Text("status", "phase");
        await TellAsync(about, phase is "Completed" or "Aborted" or "Succeeded" ? "Normal" : "Warning", phase, $"{about.Text("status", "reason")}: {about.Text("status", "message")}", stop);
    }

    /// <param name="type">Normal or Warning.</param>
    /// <param name="reason">One word in CamelCase.</param>
    public async Task TellAsync(JsonObject about, string type, string reason, string message, CancellationToken stop)
    {
        try
        {
            var moment = await client.ServerNowAsync(stop);
            if (type == "Normal" && !MayTellNormal(moment))
            {
                return;
            }

            var now = moment.UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ssZ", CultureInfo.InvariantCulture);
            await client.CreateAsync(CraterKinds.Events, about.Namespace(), new JsonObject
            {
                ["apiVersion"] = "v1",
                ["kind"] = "Event",
                // An object's name may be as long as an event's, so only its beginning is in it.
                ["metadata"] = new JsonObject { ["name"] = $"{Beginning(about.Name(), 200)}.{RandomNumberGenerator.GetHexString(16, lowercase: true)}", ["namespace"] = about.Namespace() },
                ["involvedObject"] = new JsonObject
                {
                    ["apiVersion"] = about.Text("apiVersion"),
                    ["kind"] = about.Text("kind"),
                    ["namespace"] = about.Namespace(),
                    ["name"] = about.Name(),
                    ["uid"] = about.Uid(),
                    ["resourceVersion"] = about.ResourceVersion(),
                },
                ["type"] = type,
                ["reason"] = reason,
                ["message"] = Beginning(message, MessageMax),
                ["source"] = new JsonObject { ["component"] = "crater-operator" },
                ["reportingComponent"] = "crater.dev/operator",
                ["reportingInstance"] = Beginning(options.Identity, 128),
                ["firstTimestamp"] = now,
                ["lastTimestamp"] = now,
                ["count"] = 1,
            }, stop);
        }
        catch (KubernetesException e)
        {
            options.Log($"An Event about {about.Text("kind")} {about.Namespace()}/{about.Name()} could not be written: {e.Message}");
        }
    }

    private bool MayTellNormal(DateTimeOffset now)
    {
        lock (_gate)
        {
            if (now - _since >= TimeSpan.FromMinutes(1))
            {
                (_since, _normal) = (now, 0);
            }

            return ++_normal <= NormalMax;
        }
    }

    private static string Beginning(string text, int max) => text.Length <= max ? text : text[..max];
}
