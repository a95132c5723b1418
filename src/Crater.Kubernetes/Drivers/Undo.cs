using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Crater.Diagnostics;
using Crater.Kubernetes.Client;

namespace Crater.Kubernetes.Drivers;

/// <summary>
/// What an object was before a fault changed it: a replica count, a flag, image names. It stands on the object for everyone to read who may
/// read the object, so it never holds a secret. Recovery runs from this text alone.
/// </summary>
internal sealed class Undo
{
    private readonly JsonObject _data;

    private Undo(JsonObject data) => _data = data;

    public string Fault => _data.Text("fault");

    public string Text => _data.ToJsonString();

    /// <summary>Lower-case hexadecimal SHA-256, as the journal keeps it.</summary>
    public string Hash => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(Text)));

    /// <summary>The form in which <see cref="Restoration"/> must be sent: containers merge by their names.</summary>
    public PatchForm Form => _data.At("images") is null ? PatchForm.Merge : PatchForm.Strategic;

    public static Undo Replicas(int before) => new(new JsonObject { ["fault"] = "deployment-scale", ["replicas"] = before });

    public static Undo Unschedulable(string fault, bool before) => new(new JsonObject { ["fault"] = fault, ["unschedulable"] = before });

    /// <param name="before">Image by container name.</param>
    public static Undo Images(IEnumerable<KeyValuePair<string, string>> before) => new(new JsonObject
    {
        ["fault"] = "pod-failure",
        ["images"] = new JsonObject(before.Select(entry => KeyValuePair.Create(entry.Key, (JsonNode?)entry.Value))),
    });

    /// <exception cref="CraterException">CRT3110: this is no undo data.</exception>
    public static Undo Parse(string text)
    {
        try
        {
            if (JsonNode.Parse(text) is JsonObject data && data.Text("fault").Length > 0)
            {
                return new Undo(data);
            }
        }
        catch (JsonException)
        {
            // Falls through to the same error: what cannot be read cannot be undone.
        }

        throw new CraterException("CRT3110",
            $"The annotation {Mark.UndoKey} cannot be read; somebody changed it. Restore the object by hand and remove its crater.dev annotations.");
    }

    /// <summary>The change of <c>spec</c> that puts the object back.</summary>
    public JsonObject Restoration()
    {
        if (_data.Integer("replicas") is { } replicas)
        {
            return new JsonObject { ["replicas"] = replicas };
        }

        if (_data.At("images") is JsonObject images)
        {
            return new JsonObject
            {
                ["containers"] = new JsonArray([.. images.Select(entry => new JsonObject { ["name"] = entry.Key, ["image"] = entry.Value.Text() })]),
            };
        }

        return _data.At("unschedulable") is not null
            ? new JsonObject { ["unschedulable"] = _data.Flag("unschedulable") ? true : null }
            : throw new CraterException("CRT3110", $"The annotation {Mark.UndoKey} names the fault '{Fault}', which this version cannot undo. Use the version that injected it.");
    }
}
