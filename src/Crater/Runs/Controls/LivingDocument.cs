using System.Text.Json.Nodes;
using Crater.Experiments;

namespace Crater.Runs.Controls;

/// <summary>
/// The document, its configuration and its secrets while they are played: the objects stay the same ones for the whole run, and what a control writes into
/// them is there for the next one. Each part counts its changes, so that whoever has a copy knows whether it is old.
/// </summary>
internal sealed class LivingDocument : IDisposable
{
    public const string ExperimentPart = "experiment";
    public const string ConfigurationPart = "configuration";
    public const string SecretsPart = "secrets";

    private readonly Dictionary<string, JsonObject> _parts;
    private readonly Dictionary<string, int> _versions = new() { [ExperimentPart] = 1, [ConfigurationPart] = 1, [SecretsPart] = 1 };
    private readonly SemaphoreSlim _gate = new(1, 1);

    public LivingDocument(JsonObject experiment, IReadOnlyDictionary<string, JsonNode?> configuration, Secrets secrets)
    {
        _parts = new Dictionary<string, JsonObject>
        {
            [ExperimentPart] = experiment,
            [ConfigurationPart] = new JsonObject(configuration.Select(pair => KeyValuePair.Create(pair.Key, pair.Value?.DeepClone()))),
            [SecretsPart] = new JsonObject(secrets.Groups.Select(group => KeyValuePair.Create<string, JsonNode?>(group, secrets.Merged([group])))),
        };
    }

    public static IReadOnlyList<string> Parts { get; } = [ExperimentPart, ConfigurationPart, SecretsPart];

    public JsonObject Experiment => _parts[ExperimentPart];

    public IReadOnlyDictionary<string, JsonNode?> Configuration => _parts[ConfigurationPart].ToDictionary(pair => pair.Key, pair => pair.Value?.DeepClone());

    public Secrets Secrets => new(_parts[SecretsPart].Where(group => group.Value is JsonObject).ToDictionary(group => group.Key, group => (JsonObject)group.Value!.DeepClone()));

    public JsonObject this[string part] => _parts[part];

    public int Version(string part) => _versions[part];

    /// <summary>Keeps everyone else from it for as long as <paramref name="use"/> takes.</summary>
    public async Task<T> HoldAsync<T>(Func<Task<T>> use, CancellationToken stop)
    {
        await _gate.WaitAsync(stop);
        try
        {
            return await use();
        }
        finally
        {
            _gate.Release();
        }
    }

    /// <summary>Puts new content into a part; the part itself stays. To be called while it is held.</summary>
    public void Replace(string part, JsonObject content)
    {
        var mine = _parts[part];
        mine.Clear();
        foreach (var (key, value) in content)
        {
            mine[key] = value?.DeepClone();
        }

        _versions[part]++;
    }

    /// <summary>Counts a change that was made in a part itself. To be called while it is held.</summary>
    public void Touch(string part) => _versions[part]++;

    public void Dispose() => _gate.Dispose();
}
