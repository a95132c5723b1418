using System.Text.Json.Nodes;
using Crater.Faults;
using Crater.Targets;

namespace Crater.Experiments;

/// <summary>What the user wrote: a frozen, validated document in Chaos Toolkit's open format with Crater's own keys beside it.</summary>
public sealed record Experiment
{
    public required string Title { get; init; }

    public string Description { get; init; } = "";

    public IReadOnlyList<string> Tags { get; init; } = [];

    public SteadyStateHypothesis? Hypothesis { get; init; }

    public IReadOnlyList<Activity> Method { get; init; } = [];

    public IReadOnlyList<Activity> Rollbacks { get; init; } = [];

    public IReadOnlyList<GuardCondition> Guards { get; init; } = [];

    public BlastRadius BlastRadius { get; init; } = new();

    /// <summary>Traffic that runs beside the experiment; null when the document asks for none.</summary>
    public LoadRequest? Load { get; init; }

    /// <summary>Configuration after resolution, by name. Values may come from the environment; they are not secrets.</summary>
    public IReadOnlyDictionary<string, JsonNode?> Configuration { get; init; } = new Dictionary<string, JsonNode?>();

    /// <summary>Secrets after resolution; never written anywhere.</summary>
    public Secrets Secrets { get; init; } = Secrets.None;

    /// <summary>Configuration that a provider gives just before the run, in the order of the document; empty once it is resolved (<see cref="ReadOptions.Resolved"/>).</summary>
    public IReadOnlyList<DynamicEntry> Dynamic { get; init; } = [];

    /// <summary>Controls of the top level.</summary>
    public IReadOnlyList<Control> Controls { get; init; } = [];

    /// <summary>The document's <c>runtime.hypothesis.strategy</c>; null when it has no <c>runtime</c> at all.</summary>
    public HypothesisStrategy? HypothesisStrategy { get; init; }

    /// <summary>The document's <c>runtime.rollbacks.strategy</c>; null when it has no <c>runtime</c> at all.</summary>
    public RollbackStrategy? RollbackStrategy { get; init; }

    /// <summary>The catalogue risk that this experiment tests, e.g. <c>PG-2</c>; empty when nobody said.</summary>
    public string Risk { get; init; } = "";

    /// <summary>Which driver the document insists on; empty when the planner may choose.</summary>
    public string Driver { get; init; } = "";

    /// <summary>The document as it was read, byte for byte; goes into the run folder.</summary>
    public required string Source { get; init; }

    /// <summary>yaml or json.</summary>
    public required string SourceFormat { get; init; }
}

/// <summary>The sentence the run tries to refute, and the probes that decide it.</summary>
public sealed record SteadyStateHypothesis(string Title, IReadOnlyList<Activity> Probes)
{
    public IReadOnlyList<Control> Controls { get; init; } = [];
}

/// <summary>One step of a document: a probe or an action.</summary>
public sealed record Activity
{
    public required string Name { get; init; }

    public required bool IsProbe { get; init; }

    public required Provider Provider { get; init; }

    /// <summary>Only a hypothesis probe has one; null otherwise.</summary>
    public Tolerance? Tolerance { get; init; }

    /// <summary>The method goes on without waiting for it.</summary>
    public bool Background { get; init; }

    public TimeSpan PauseBefore { get; init; }

    public TimeSpan PauseAfter { get; init; }

    /// <summary>Where it stands in the document: <c>method[0]</c>, <c>steady-state-hypothesis.probes[1]</c>, <c>rollbacks[2]</c>; of a <c>ref</c>, where the ref stands.</summary>
    public string Place { get; init; } = "";

    public IReadOnlyList<Control> Controls { get; init; } = [];

    /// <summary>The document gives it a tolerance, wherever it stands; then nobody is warned of a program that ends with an error or of a status above 399.</summary>
    public bool HasTolerance { get; init; }

    /// <summary>It has a <c>dry</c> of its own, which as in Chaos Toolkit matches no strategy: it is played even in a rehearsal.</summary>
    public bool IgnoresDry { get; init; }

    /// <summary>Null plays it once.</summary>
    public Retry? Retry { get; init; }

    /// <summary>Null takes whatever it answers.</summary>
    public Until? Until { get; init; }

    /// <summary>A <c>ref</c> that names nothing: fails when it is played. Empty otherwise.</summary>
    public string BrokenRef { get; init; } = "";
}

/// <summary>
/// How an activity is carried out. A closed family. Texts that may hold secrets (urls, headers, bodies, arguments) still have their <c>${name}</c>
/// in them: they are put in when the activity is played, so that no plan and no journal shows them.
/// </summary>
public abstract record Provider
{
    private protected Provider() { }
}

/// <summary>A program of the user's own.</summary>
/// <param name="Arguments">A list is an argument vector; a single string is what the format hands to a shell.</param>
public sealed record ProcessProvider(string Path, IReadOnlyList<string> Arguments, bool ThroughShell, TimeSpan? Timeout) : Provider
{
    /// <summary>Arguments that are maps or lists, by their place: values are put in at every depth before they are written as text.</summary>
    public IReadOnlyDictionary<int, JsonNode> Structures { get; init; } = new Dictionary<int, JsonNode>();

    public IReadOnlyDictionary<string, string> Environment { get; init; } = new Dictionary<string, string>();
}

/// <summary>One HTTP request.</summary>
public sealed record HttpProvider(string Url, string Method, TimeSpan Timeout) : Provider
{
    public IReadOnlyDictionary<string, string> Headers { get; init; } = new Dictionary<string, string>();

    /// <summary>The body, as JSON when it is not text; null for none.</summary>
    public JsonNode? Body { get; init; }

    public bool VerifyTls { get; init; } = true;

    /// <value>Extra tries after a failure to connect. Default: 0.</value>
    public int MaxRetries { get; init; }

    /// <value>How long the connection alone may take; null for no limit of its own beside the timeout.</value>
    public TimeSpan? ConnectTimeout { get; init; }
}

/// <summary>A Python function; native when it is known, else through the user's own interpreter.</summary>
public sealed record PythonProvider(string Module, string Function, JsonObject Arguments) : Provider
{
    /// <summary>The groups of secrets that the function gets.</summary>
    public IReadOnlyList<string> Secrets { get; init; } = [];
}

/// <summary>Of an activity that cannot be carried out: see <see cref="Activity.BrokenRef"/>.</summary>
public sealed record MissingProvider : Provider
{
    private MissingProvider() { }

    public static MissingProvider Instance { get; } = new();
}

/// <summary>Crater's own provider: becomes an injection.</summary>
public sealed record FaultProvider(Fault Fault, TargetSelector Target, TimeSpan Duration) : Provider;

/// <summary>One value of one metric, from the sources that the run knows.</summary>
/// <param name="Metric">A known metric name.</param>
/// <param name="Component">Component id or name; empty for the application as its users see it.</param>
/// <param name="Window">How far back the value looks.</param>
public sealed record MetricProvider(string Metric, string Component, TimeSpan Window) : Provider;

/// <summary>Upper limits of a run, counted over all runs' claims.</summary>
public sealed record BlastRadius
{
    /// <value>Default: 1. At least 1.</value>
    public int TargetsMax { get; init; } = 1;

    /// <value>The largest share of one component's replicas that all runs together may hold. Default: 1 (a single replica is a legal target).</value>
    public Ratio TargetShareMax { get; init; } = new(1);

    /// <value>Default: 5 minutes. At most 4 hours.</value>
    public TimeSpan DurationMax { get; init; } = TimeSpan.FromMinutes(5);
}

/// <summary>What must never happen, as data. Watched from before the first injection until recovery is proven.</summary>
public sealed record GuardCondition
{
    /// <summary>A known metric name; empty when <see cref="PromQl"/> or <see cref="Http"/> is given.</summary>
    public string Metric { get; init; } = "";

    public string PromQl { get; init; } = "";

    /// <summary>A URL that must answer with a 2xx.</summary>
    public string Http { get; init; } = "";

    /// <summary>Component id or name the metric is read for; empty for the application as its users see it.</summary>
    public string Component { get; init; } = "";

    /// <summary>Trips when the value is greater; null when only <see cref="Below"/> counts.</summary>
    public double? Above { get; init; }

    public double? Below { get; init; }

    /// <value>How long the breach must last before the guard trips. Default: 0 (at once).</value>
    public TimeSpan For { get; init; }

    /// <value>Older readings count as blind. Default: 10 s.</value>
    public TimeSpan StaleAfter { get; init; } = TimeSpan.FromSeconds(10);

    /// <value>How far back a value looks. Default: 5 s.</value>
    public TimeSpan Window { get; init; } = TimeSpan.FromSeconds(5);

    public override string ToString()
    {
        var what = Metric.Length > 0 ? Metric : PromQl.Length > 0 ? PromQl : $"http {Http}";
        var limit = string.Concat(Above is { } above ? $" above {above:0.######}" : "", Below is { } below ? $" below {below:0.######}" : "");
        return $"{what}{(Component.Length > 0 ? $" of {Component}" : "")}{limit}{(For > TimeSpan.Zero ? $" for {Durations.Text(For)}" : "")}";
    }
}

/// <summary>Open-loop traffic that a document asks for.</summary>
/// <param name="Rate">Requests per second, all scenarios together.</param>
public sealed record LoadRequest(double Rate, IReadOnlyList<LoadScenario> Scenarios)
{
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(5);
}

/// <param name="Weight">Relative to the other scenarios' weights.</param>
public sealed record LoadScenario(string Name, double Weight, string Method, string Url)
{
    public JsonNode? Body { get; init; }
}
