using System.Text.Json;
using System.Text.Json.Nodes;
using Crater.Lab.Store;

namespace Crater.Lab.Api.Ownership;

/// <summary>Who writes: a client's own name for itself, how it writes, and what part of the object.</summary>
/// <param name="Operation">Apply or Update.</param>
/// <param name="Version">The apiVersion that it writes in.</param>
/// <param name="Subresource">"" for the object itself.</param>
internal sealed record Manager(string Name, string Operation, string Version, string Subresource)
{
    public const string Apply = "Apply";
    public const string Update = "Update";

    /// <summary>The same manager, whatever version an applier uses.</summary>
    public bool IsSame(Manager other) => Name == other.Name && Operation == other.Operation && Subresource == other.Subresource
        && (Operation == Apply || Version == other.Version);

    /// <summary>As conflicts name it.</summary>
    public override string ToString() => $"\"{Name}\"{(Subresource.Length > 0 ? $" with subresource \"{Subresource}\"" : "")}"
        + (Operation == Update ? $" using {Version}" : "");
}

/// <summary>One entry of managedFields.</summary>
internal sealed record Owned(Manager By, FieldSet Fields, string Time)
{
    /// <summary>The same set is written over and over again; one reading of it serves all. Cleared when it has grown to this many.</summary>
    private const int TextsMax = 2000;

    private static readonly Dictionary<string, JsonElement> Texts = [];
    private static readonly Lock Gate = new();

    /// <returns>Nothing when the list is not there or cannot be read.</returns>
    public static List<Owned> Read(JsonNode? stored)
    {
        List<Owned> entries = [];
        foreach (var entry in stored.Each("metadata", "managedFields"))
        {
            if (entry.Map("fieldsV1") is { } fields && entry.Text("operation") is Manager.Apply or Manager.Update)
            {
                var by = new Manager(entry.Text("manager"), entry.Text("operation"), entry.Text("apiVersion"), entry.Text("subresource"));
                entries.Add(new Owned(by, FieldSet.Parse(fields), entry.Text("time")));
            }
        }

        return entries;
    }

    /// <summary>In the real server's order: appliers first, then by time, name, version and subresource.</summary>
    public static void Write(JsonObject stored, IEnumerable<Owned> entries)
    {
        var written = entries.Where(entry => !entry.Fields.IsEmpty)
            .OrderBy(entry => entry.By.Operation, StringComparer.Ordinal).ThenBy(entry => entry.Time, StringComparer.Ordinal)
            .ThenBy(entry => entry.By.Name, StringComparer.Ordinal).ThenBy(entry => entry.By.Version, StringComparer.Ordinal)
            .ThenBy(entry => entry.By.Subresource, StringComparer.Ordinal).Select(entry => (JsonNode)entry.ToJson()).ToArray();
        var metadata = stored.Make("metadata");
        metadata.Remove("managedFields");
        if (written.Length > 0)
        {
            metadata["managedFields"] = new JsonArray(written);
        }
    }

    private JsonObject ToJson()
    {
        var entry = new JsonObject
        {
            ["manager"] = By.Name,
            ["operation"] = By.Operation,
            ["apiVersion"] = By.Version,
            ["fieldsType"] = "FieldsV1",
            ["fieldsV1"] = JsonObject.Create(Shared(Fields.Text())),
        };
        if (Time.Length > 0)
        {
            entry.Insert(3, "time", Time);
        }

        if (By.Subresource.Length > 0)
        {
            entry["subresource"] = By.Subresource;
        }

        return entry;
    }

    private static JsonElement Shared(string text)
    {
        lock (Gate)
        {
            if (!Texts.TryGetValue(text, out var read))
            {
                if (Texts.Count >= TextsMax)
                {
                    Texts.Clear();
                }

                using var document = JsonDocument.Parse(text);
                Texts[text] = read = document.RootElement.Clone();
            }

            return read;
        }
    }
}
