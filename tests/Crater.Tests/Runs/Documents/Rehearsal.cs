using System.Text.Json.Nodes;
using Crater.Documents;
using Crater.Drivers;
using Crater.Experiments;
using Crater.Journals;
using Crater.Runs;
using Crater.Runs.Activities;
using Crater.Runs.Controls;
using Crater.Tests.Runs.Simulation;
using Xunit;

namespace Crater.Tests.Runs.Documents;

/// <summary>
/// The kernel with a document that injects nothing, on the simulated clock, with activities that do what their names say: <c>ok</c>, <c>miss</c> (exit code 1),
/// <c>fails</c>, <c>breaks</c> (an error that nobody counts on), <c>sleeps 5</c>.
/// </summary>
internal sealed class Rehearsal : IActivities
{
    /// <summary>Thrown by an answer: the activity fails.</summary>
    public static readonly Exception Failing = new InvalidDataException("gone");

    private static readonly RunId Run = new("chaos-0000d0c5");
    private readonly SimulatedTime _time = new();
    private readonly SimulatedProcess _process;

    public Rehearsal(string probes = "", string method = "", string rollbacks = "", RunManner? manner = null)
    {
        _process = new SimulatedProcess(_time, "craterctl");
        Experiment = Read(probes, method, rollbacks);
        Manner = manner ?? new RunManner();
        Memory = new MemoryJournal(_process.Clock);
    }

    public Experiment Experiment { get; set; }

    public RunManner Manner { get; }

    public AbortSignal Abort { get; } = new();

    public IControls Controls { get; set; } = NoControls.Instance;

    public MemoryJournal Memory { get; }

    public SimulatedTime Time => _time;

    public TimeProvider Clock => _process.Clock;

    /// <summary>What was really carried out, in order.</summary>
    public List<string> Acts { get; } = [];

    /// <summary>What an activity sees of the run when it is carried out.</summary>
    public Action<Activity, ActivityContext>? Seeing { get; set; }

    /// <summary>Answers of single activities, by name.</summary>
    public Dictionary<string, Func<JsonNode?>> Answers { get; } = [];

    /// <summary>What is hidden in answers, as the real player does it; what other activities get is not hidden.</summary>
    public Secrets Masks { get; set; } = Secrets.None;

    public RunOutcome Outcome { get; private set; } = null!;

    public JsonObject Journal => ToolkitJournal.Make(Experiment, Memory.Read(), "simulated");

    public static Experiment Read(string probes, string method, string rollbacks)
    {
        var document = new JsonObject { ["title"] = "t", ["description"] = "d" };
        if (probes.Length > 0)
        {
            document["steady-state-hypothesis"] = new JsonObject { ["title"] = "h", ["probes"] = List(probes, "probe") };
        }

        document["method"] = List(method, "action");
        document["rollbacks"] = List(rollbacks, "action");
        return ExperimentReader.Read(document.ToJsonString(), DocumentFormat.Json).OrThrow();
    }

    public Rehearsal Play()
    {
        using var runner = Begin();
        Outcome = Start(runner.RunAsync);
        return this;
    }

    /// <summary>The process is killed after this many steps, or lives to the end when it needs fewer.</summary>
    public void PlayUntilDeath(int steps)
    {
        using var runner = Begin();
        _process.DieAfter(steps);
        var run = _process.Start(runner.RunAsync);
        _time.RunUntil(() => run.IsCompleted || !_process.IsAlive, TimeSpan.FromHours(1));
    }

    private GuardedRunner Begin()
    {
        var plan = new Plan { Run = Run, Title = "t", Seed = 1, Faults = [], Duration = TimeSpan.Zero };
        Memory.Append(plan.Begin(new Dictionary<string, string>(), "me@host1", "1", "", Manner));
        var seams = new RunSeams
        {
            Journal = Memory,
            Drivers = [],
            Claims = NoClaims.Instance,
            Activities = this,
            Judge = this.JudgeAsync,
            Manner = Manner,
            Controls = Controls,
            Clock = _process.Clock,
        };
        return new GuardedRunner(seams, plan, Experiment, Abort);
    }

    /// <summary>Does something in the simulated process until it has ended.</summary>
    public RunOutcome Start(Func<Task<RunOutcome>> main)
    {
        RunOutcome? outcome = null;
        var run = _process.Start(async () => outcome = await main());
        Assert.True(_time.RunUntil(() => run.IsCompleted, TimeSpan.FromHours(1)), "the run did not end");
        run.Wait(TestContext.Current.CancellationToken);
        return outcome!;
    }

    public void AbortAt(double seconds, bool isUngraceful = false) =>
        _time.After(TimeSpan.FromSeconds(seconds), () => Abort.Request("SIGINT", "stop", isUngraceful), _process);

    public IReadOnlyList<string> Names(string list) => [.. Journal[list]!.AsArray().Select(entry => entry!["activity"]!["name"]!.GetValue<string>())];

    public JsonObject Entry(string list, int index) => Journal[list]![index]!.AsObject();

    public async Task<ActivityResult> PlayAsync(Activity activity, ActivityContext context, CancellationToken abort)
    {
        Acts.Add(activity.Name);
        Seeing?.Invoke(activity, context);
        var word = activity.Name.Split(' ')[0];
        if (word == "sleeps")
        {
            await Task.Delay(TimeSpan.FromSeconds(double.Parse(activity.Name.Split(' ')[1], System.Globalization.CultureInfo.InvariantCulture)), _process.Clock, abort);
        }

        JsonNode? value;
        try
        {
            value = Answers.TryGetValue(activity.Name, out var answer) ? answer() : new JsonObject { ["status"] = word == "miss" ? 1 : 0, ["stdout"] = "", ["stderr"] = "" };
        }
        catch (InvalidDataException)
        {
            (value, word) = (null, "fails");
        }

        return word switch
        {
            "fails" => new ActivityResult(false, null, "CRT2302 took too long", TimeSpan.FromMilliseconds(5)) { Exception = ["CRT2302 took too long\n"], Code = "CRT2302" },
            "breaks" => new ActivityResult(false, null, "CRT2301 no such program", TimeSpan.Zero) { IsUnexpected = true, Code = "CRT2301" },
            "throws" => throw new InvalidOperationException("a defect"),
            _ => new ActivityResult(true, Masks.Mask(value), Masks.Mask(value)?.ToJsonString() ?? "null", TimeSpan.FromMilliseconds(5)) { Plain = value },
        };
    }

    // "ok a, sleeps 5 &, ok b" — & is the background.
    private static JsonArray List(string names, string type) => [.. names.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)
        .Select(name => (JsonNode)(name.StartsWith("ref ", StringComparison.Ordinal) ? new JsonObject { ["ref"] = name[4..] } : new JsonObject
        {
            ["type"] = type, ["name"] = name.TrimEnd('&', ' '), ["tolerance"] = 0, ["background"] = name.EndsWith('&'),
            ["provider"] = new JsonObject { ["type"] = "process", ["path"] = "true" },
        }))];

    public sealed class NoClaims : IClaims
    {
        public static readonly NoClaims Instance = new();

        public Task<IReadOnlyList<Claim>> ListAsync(CancellationToken abort) => throw new InvalidOperationException("nothing is claimed");

        public Task<RunId?> ClaimAsync(Claim claim, TimeSpan lease, CancellationToken abort) => throw new InvalidOperationException("nothing is claimed");

        public Task ReleaseAsync(Claim claim, CancellationToken budget) => throw new InvalidOperationException("nothing is claimed");
    }
}

/// <summary>A journal in memory that numbers and stamps like the real one.</summary>
internal sealed class MemoryJournal(TimeProvider clock) : IJournal
{
    private readonly List<JournalEvent> _events = [];

    /// <summary>The journal takes no more than this many lines.</summary>
    public int Room { get; set; } = int.MaxValue;

    public JournalEvent Append(JournalEvent entry)
    {
        if (_events.Count >= Room)
        {
            throw new Crater.Diagnostics.CraterException("CRT4001", "no room");
        }

        var stamped = entry with { Number = _events.Count + 1, At = clock.GetUtcNow() };
        _events.Add(stamped);
        return stamped;
    }

    public IReadOnlyList<JournalEvent> Read() => [.. _events];
}
