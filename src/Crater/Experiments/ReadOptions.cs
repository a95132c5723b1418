using System.Collections;
using System.Text.Json.Nodes;
using Crater.Diagnostics;

namespace Crater.Experiments;

/// <summary>What a document is read with, beside its text.</summary>
public sealed record ReadOptions
{
    /// <summary>Overrides of configuration keys, as from <c>--var</c>. A key that the document does not declare changes nothing and is warned about.</summary>
    public IReadOnlyDictionary<string, JsonNode?> Variables { get; init; } = new Dictionary<string, JsonNode?>();

    /// <summary>Overrides of secrets by group, as from the <c>secrets</c> of a var file.</summary>
    public JsonObject SecretOverrides { get; init; } = [];

    /// <summary>
    /// Values that are known already: of dynamic configuration that was asked for, or of keys that a control changed. Such a key is read as this literal, whatever
    /// the document or an override says, and need not be declared.
    /// </summary>
    public IReadOnlyDictionary<string, JsonNode?> Resolved { get; init; } = new Dictionary<string, JsonNode?>();

    /// <summary>Environment variables that <c>env</c> entries may read, and the PATH on which programs are looked up.</summary>
    public IReadOnlyDictionary<string, string> Environment { get; init; } = new Dictionary<string, string>();

    /// <summary>Stands in for a target's missing namespace; empty leaves it to the planner.</summary>
    public string DefaultNamespace { get; init; } = "";

    /// <summary>Where relative paths of secret files start; empty means the working directory.</summary>
    public string Folder { get; init; } = "";

    /// <summary>Asks the secrets' Vault, whose address and login stand in the configuration; null when it may not be asked here, in which case such a secret is an empty map.</summary>
    public Func<VaultRequest, VaultAnswer>? Vault { get; init; }

    /// <summary>What a Python function that is not native takes; null when nobody can tell here, in which case it is not checked.</summary>
    public Func<string, string, PythonSignature>? Python { get; init; }

    /// <summary>Why a control's own module refuses the control, empty when it does not; null when nobody can tell here.</summary>
    public Func<string, JsonObject, string>? ControlRefusal { get; init; }

    /// <summary>Refuses what Chaos Toolkit refuses, also where Crater would only warn: a missing description, a pause written as a duration.</summary>
    public bool IsStrict { get; init; }

    /// <summary>
    /// Reads on over what would be found out when it is played: a program that is not there, a ref that names nothing, a function that does not take its arguments.
    /// Such things are warnings then. What Crater itself is to inject is checked all the same.
    /// </summary>
    public bool IsUnchecked { get; init; }

    /// <summary>Told of each kind of map that was read, and of the keys that its reader asked for: the schema is compared with them.</summary>
    internal Action<string, IEnumerable<string>>? Taken { get; init; }

    /// <summary>Options with this process's own environment.</summary>
    public static ReadOptions FromProcess() => new()
    {
        Environment = System.Environment.GetEnvironmentVariables().Cast<DictionaryEntry>()
            .ToDictionary(entry => (string)entry.Key, entry => (string?)entry.Value ?? "", StringComparer.Ordinal),
    };
}

/// <summary>What came of reading a document.</summary>
/// <param name="Experiment">Null when one of the problems is an error.</param>
/// <param name="Problems">Every problem with path, line and column, in the order of the document; warnings too.</param>
public sealed record ExperimentReading(Experiment? Experiment, IReadOnlyList<Problem> Problems)
{
    public IEnumerable<Problem> Errors => Problems.Where(problem => !problem.IsWarning);

    /// <exception cref="CraterException">There were errors; all of them are in <see cref="CraterException.Problems"/>.</exception>
    public Experiment OrThrow(string what = "The experiment") => Experiment ?? throw CraterException.For(what, [.. Errors]);
}
