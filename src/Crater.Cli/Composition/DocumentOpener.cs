using System.Text.Json.Nodes;
using Crater.Diagnostics;
using Crater.Documents;
using Crater.Experiments;
using Crater.Experiments.SecretStores;
using Crater.Runs.Activities;
using Crater.Runs.Activities.Python;

namespace Crater.Cli.Composition;

/// <summary>Where a document comes from and what it is read with, as a surface's options say.</summary>
internal sealed record DocumentWishes
{
    /// <summary>A path or a URL.</summary>
    public required string Source { get; init; }

    public IReadOnlyDictionary<string, JsonNode?> Variables { get; init; } = new Dictionary<string, JsonNode?>();

    public IReadOnlyList<string> VarFiles { get; init; } = [];

    public bool VerifyTls { get; init; } = true;

    /// <summary>The <c>auths</c> of the settings; null for none.</summary>
    public JsonNode? Auths { get; init; }

    /// <inheritdoc cref="ReadOptions.DefaultNamespace"/>
    public string Namespace { get; init; } = "";

    /// <inheritdoc cref="ReadOptions.IsStrict"/>
    public bool IsStrict { get; init; }

    /// <inheritdoc cref="ReadOptions.IsUnchecked"/>
    public bool IsUnchecked { get; init; }

    /// <summary>Told what the user's own Python prints and logs; null drops it.</summary>
    public Action<PythonLine>? Log { get; init; }
}

/// <summary>Opens one document for a surface, with everything that its reading may need. Python is started when it is first asked for.</summary>
internal sealed class DocumentOpener : IAsyncDisposable
{
    private readonly DocumentWishes _wishes;
    private readonly Surroundings _surroundings;
    private readonly PythonBridge _python;
    private readonly VarFileReading _overrides;
    private readonly ReadOptions _declared;
    private readonly string _source;

    private DocumentOpener(DocumentWishes wishes, Surroundings surroundings)
    {
        (_wishes, _surroundings) = (wishes, surroundings);
        _python = new PythonBridge(new PythonOptions { Environment = surroundings.Environment, Log = wishes.Log }, surroundings.Clock);
        _source = IsUrl(wishes.Source) ? wishes.Source : surroundings.Path(wishes.Source);
        _declared = ExperimentDesk.FromFolderOf(_source, new ReadOptions
        {
            Environment = surroundings.Environment,
            DefaultNamespace = wishes.Namespace,
            IsStrict = wishes.IsStrict,
            IsUnchecked = wishes.IsUnchecked,
            Vault = new VaultClient(surroundings.Environment, surroundings.Clock).Ask,
            Python = _python.Describe,
        });
        _overrides = VarFiles.Read([.. wishes.VarFiles.Select(surroundings.Path)], _declared with { Variables = wishes.Variables });
        foreach (var (name, value) in _overrides.Environment)
        {
            Environment.SetEnvironmentVariable(name, value);    // for the programs that the document starts
        }
    }

    public IPython Python => _python;

    /// <summary>What is wrong with the var files; a file that cannot be read is passed over by one surface and refused by the other.</summary>
    public IReadOnlyList<Problem> OverrideProblems => _overrides.Problems;

    /// <summary>What the document is read with.</summary>
    public ReadOptions Options => _overrides.Options;

    public static DocumentOpener For(DocumentWishes wishes, Surroundings surroundings) => new(wishes, surroundings);

    /// <summary>Gets the document; every problem with that is in the answer.</summary>
    public Task<Document> LoadAsync(CancellationToken abort) => ExperimentDesk.LoadAsync(
        _source, SourceAccess.From(_surroundings.Environment, _wishes.Auths) with { VerifyTls = _wishes.VerifyTls }, _surroundings.Clock, abort);

    /// <summary>Checks the document without asking anything outside for its values.</summary>
    public ExperimentReading Check(Document document) => ExperimentDesk.Read(document, Options);

    /// <summary>Checks the document by itself, as if no override were given; what <c>.env</c> files set is the environment's.</summary>
    public ExperimentReading CheckAlone(Document document) => ExperimentDesk.Read(document, _declared with { Environment = Options.Environment });

    /// <summary>Whether there are overrides, so that the document may be another by itself.</summary>
    public bool HasOverrides => Options.Variables.Count + Options.SecretOverrides.Count > 0;

    /// <summary>Reads the document to be run, with the values that it has others asked for.</summary>
    public Task<ExperimentReading> ResolveAsync(Document document, CancellationToken abort) =>
        ExperimentDesk.ResolveAsync(document, Options, new ActivityPlayer([], _surroundings.Clock, _python), abort);

    public ValueTask DisposeAsync() => _python.DisposeAsync();

    private static bool IsUrl(string source) => source.Contains("://", StringComparison.Ordinal);
}
