using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Crater.Diagnostics;
using Crater.Kubernetes.Client;
using Crater.Kubernetes.Drivers.Changes;

namespace Crater.Kubernetes.Drivers;

/// <summary>
/// Which fields of an object a fault changed, what they were before and what it made of them. It stands on the object for everyone to read who may
/// read the object; where a field can hold a secret, the object says only in which Secret the fields are kept (<see cref="KeptData"/>). Recovery
/// runs from this alone.
/// </summary>
internal sealed class Undo
{
    private readonly JsonObject _data;

    private Undo(JsonObject data) => _data = data;

    public string Fault => _data.Text("fault");

    /// <summary>The Secret that holds the fields; empty when they stand here.</summary>
    public string KeptIn => _data.Text("kept");

    /// <summary>The object's version that was read when the fields stand elsewhere, as <see cref="Prepared"/> writes it.</summary>
    public string Version => _data.Text("of");

    public string Text => _data.ToJsonString();

    /// <summary>Lower-case hexadecimal SHA-256, as the journal keeps it.</summary>
    public string Hash => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(Text)));

    public static Undo Of(string fault, IEnumerable<FieldChange> changes) => new(new JsonObject
    {
        ["fault"] = fault,
        ["fields"] = new JsonArray([.. changes.Select(change => change.Json)]),
    });

    /// <summary>What the object says when the fields are kept elsewhere. Holds nothing from which they could be guessed, and so does its hash.</summary>
    /// <param name="version">The object's version that was read.</param>
    public static Undo Elsewhere(string fault, string kept, string version) => new(new JsonObject { ["fault"] = fault, ["kept"] = kept, ["of"] = version });

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

    /// <exception cref="CraterException">CRT3110: there are none that can be read.</exception>
    public IReadOnlyList<FieldChange> Fields()
    {
        try
        {
            if (_data.At("fields") is JsonArray { Count: > 0 } fields)
            {
                return [.. fields.Select(FieldChange.Parse)];
            }
        }
        catch (FormatException)
        {
            // The same error as for none at all.
        }

        throw new CraterException("CRT3110", $"The undo data of {Fault} names no field that could be put back. Use the version that injected it, or restore the object by hand.");
    }
}
