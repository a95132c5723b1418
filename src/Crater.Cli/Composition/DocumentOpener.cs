using System.Text.Json.Nodes;
using Crater.Diagnostics;
using Crater.Documents;
using Crater.Experiments;
using Crater.Experiments.SecretStores;
using Crater.Kubernetes.Toolkit;
using Crater.Runs;
using Crater.Runs.Activities;
using Crater.Runs.Activities.Python;
using Crater.Runs.Controls;

namespace Crater.Cli.Composition;

/// <summary>Where a document comes from and what it is read with, as a surface's options say.</summary>
internal sealed record DocumentWishes
{
    /// <summary>A path or a URL.</summary>
    public required string Source { get; init; }

    public IReadOnlyDictionary<string, JsonNode?> Variables { get; init; } = new Dictionary<string, JsonNode?>();

    public IReadOnlyList<string> VarFiles { get; init; } = [];

    public bool VerifyTls { get; init; } = true;

    /// <summary>Chaos Toolkit's settings: auths of sources, and controls for every document; null for none.</summary>
    public JsonObject? Settings { get; init; }

    /// <summary>Files of controls for every document, beside those of the settings.</summary>
    public IReadOnlyList<string> ControlFiles { get; init; } = [];

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
    private readonly ControlOptions _controls;
    private readonly List<Problem> _problems = [];
    private readonly ReadOptions _declared;
    private readonly string _source;

    private DocumentOpener(DocumentWishes wishes, Surroundings surroundings)
    {
        (_wishes, _surroundings) = (wishes, surroundings);
        _source = IsUrl(wishes.Source) ? wishes.Source : surroundings.Path(wishes.Source);
        _declared = ExperimentDesk.FromFolderOf(_source, new ReadOptions
        {
            Environment = surroundings.Environment,
            DefaultNamespace = wishes.Namespace,
            IsStrict = wishes.IsStrict,
            IsUnchecked = wishes.IsUnchecked,
            Vault = new VaultClient(surroundings.Environment, surroundings.Clock).Ask,
            Python = (module, function) => Python!.Describe(module, function),
            ControlRefusal = (module, control) => _python!.Refusal(module, control),
        });
        _overrides = VarFiles.Read([.. wishes.VarFiles.Select(surroundings.Path)], _declared with { Variables = wishes.Variables });
        foreach (var (name, value) in _overrides.Environment)
        {
            Environment.SetEnvironmentVariable(name, value);    // for the programs that the document starts
        }

        // Functions see what a .env file sets, as programs do.
        _python = new PythonBridge(new PythonOptions { Environment = Options.Environment, Log = wishes.Log }, surroundings.Clock);
        Python = new NativePython(new KubernetesModule(name => Options.Environment.GetValueOrDefault(name), surroundings.Clock), _python, surroundings.Clock);
        _problems.AddRange(_overrides.Problems);
        _controls = new ControlOptions
        {
            Global = [.. ControlOptions.ReadGlobal(wishes.Settings?["controls"] as JsonObject), .. wishes.ControlFiles.SelectMany(OfFile)],
            Settings = wishes.Settings,
            Reading = Options,
            Log = wishes.Log,
        };
    }

    /// <summary>Calls what is not native to the library: natively what is about Kubernetes, the rest in the user's interpreter.</summary>
    public IPython Python { get; }

    /// <summary>What is wrong with files of variables and controls; one surface passes such a file over, the other refuses it.</summary>
    public IReadOnlyList<Problem> FileProblems => _problems;

    /// <summary>What the document is read with.</summary>
    public ReadOptions Options => _overrides.Options;

    public static DocumentOpener For(DocumentWishes wishes, Surroundings surroundings) => new(wishes, surroundings);

    /// <summary>Gets the document, with the controls of the settings around that; every problem is in the answer.</summary>
    public async Task<Document> LoadAsync(CancellationToken abort)
    {
        if (_controls.Global.Count == 0)
        {
            return await FetchAsync(abort);
        }

        using var controls = new LoadingControls(_controls, _python, _surroundings.Clock);
        if (await controls.BeforeAsync(_wishes.Source, abort) is { Length: > 0 } refusal)
        {
            throw new CraterException("CRT1241", $"A control does not let {_wishes.Source} be loaded: {refusal}");
        }

        var document = await FetchAsync(abort);
        // What a control makes of the document is what is checked, run and kept.
        return document.Root?.ToJson() is JsonObject json && await controls.AfterAsync(_wishes.Source, json, abort) is { } changed
            ? DocumentReader.Read(changed.ToJsonString(), DocumentFormat.Json)
            : document;
    }

    /// <summary>The document's own controls and those for every document, to be called around its run.</summary>
    public IControls ControlsOf(Experiment experiment, RunManner manner) => RunControls.Of(
        experiment,
        _controls with { Dry = manner.Dry is { } dry ? StrategyNames.Text(dry) : "" },
        _python, _surroundings.Clock);

    /// <summary>Checks the document without asking anything outside for its values.</summary>
    public ExperimentReading Check(Document document) => ExperimentDesk.Read(document, Options);

    /// <summary>
    /// What keeps the document from having its values as if no override were given; what <c>.env</c> files set is the environment's. What would be wrong with its
    /// activities then is not looked at: the overrides may be what makes it right.
    /// </summary>
    public IReadOnlyList<Problem> ErrorsAlone(Document document) => [.. ExperimentDesk.Read(document, _declared with { Environment = Options.Environment }).Errors
        .Where(problem => problem.Path.StartsWith("configuration", StringComparison.Ordinal) || problem.Path.StartsWith("secrets", StringComparison.Ordinal))];

    /// <summary>Whether there are overrides, so that the document may be another by itself.</summary>
    public bool HasOverrides => Options.Variables.Count + Options.SecretOverrides.Count > 0;

    /// <summary>Reads the document to be run, with the values that it has others asked for.</summary>
    public Task<ExperimentReading> ResolveAsync(Document document, CancellationToken abort) =>
        ExperimentDesk.ResolveAsync(document, Options, new ActivityPlayer([], _surroundings.Clock, Python), abort);

    public ValueTask DisposeAsync() => Python.DisposeAsync();

    private Task<Document> FetchAsync(CancellationToken abort) => ExperimentDesk.LoadAsync(
        _source, SourceAccess.From(_surroundings.Environment, _wishes.Settings?["auths"]) with { VerifyTls = _wishes.VerifyTls }, _surroundings.Clock, abort);

    private IReadOnlyList<Control> OfFile(string given)
    {
        var document = DocumentReader.ReadFile(_surroundings.Path(given));
        _problems.AddRange(document.Problems.Select(problem => problem with { Message = $"{problem.Message} (in the control file {given})" }));
        return ControlOptions.ReadGlobal(document.Root?.ToJson() as JsonObject);
    }

    private static bool IsUrl(string source) => source.Contains("://", StringComparison.Ordinal);
}
