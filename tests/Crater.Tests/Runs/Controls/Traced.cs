using System.Text.Json.Nodes;
using Crater.Documents;
using Crater.Experiments;
using Crater.Runs.Controls;
using Xunit;

namespace Crater.Tests.Runs.Controls;

/// <summary>Controls whose hooks do nothing but be written down, and whatever a test has them do.</summary>
internal sealed class Traced : IControlCaller
{
    public List<string> Calls { get; } = [];

    /// <summary>By control and hook; what is not here does nothing.</summary>
    public Dictionary<(string Control, ControlHook Hook), Func<HookCall, LivingDocument, HookAnswer>> Does { get; } = [];

    /// <summary>Modules that cannot be used.</summary>
    public HashSet<string> Missing { get; } = [];

    /// <summary>By control and hook: never ends by itself.</summary>
    public HashSet<(string Control, ControlHook Hook)> Hangs { get; } = [];

    public static Experiment Read(string yaml) => ExperimentReader.Read($"title: t\ndescription: d\n{yaml}", DocumentFormat.Yaml, new ReadOptions()).OrThrow();

    /// <summary>A control called NAME of a module of that name.</summary>
    public static string Control(string name, string more = "") => $"{{name: {name}, provider: {{type: python, module: {name}}}{(more.Length > 0 ? $", {more}" : "")}}}";

    public RunControls Controls(Experiment experiment, TimeProvider? clock = null, params Control[] global) =>
        new(experiment, new ControlOptions { Global = global, HookMax = TimeSpan.FromMinutes(5) }, this, clock ?? TimeProvider.System);

    /// <summary>Plays the points of a run, as the engine calls them, and gives the calls without the configuration and the clean-up.</summary>
    public async Task<string> PlayedAsync(RunControls controls, params ControlPoint[] points)
    {
        await controls.ConfigureAsync(TestContext.Current.CancellationToken);
        Calls.Clear();
        foreach (var point in points)
        {
            await controls.BeforeAsync(point, TestContext.Current.CancellationToken);
            await controls.AfterAsync(point, TestContext.Current.CancellationToken);
        }

        return string.Join(' ', Calls);
    }

    public Task<(IReadOnlySet<ControlHook>? Hooks, string Problem)> LookAsync(Control control, CancellationToken stop) => Task.FromResult<(IReadOnlySet<ControlHook>?, string)>(
        Missing.Contains(control.Module) ? (null, "it is missing") : (Enum.GetValues<ControlHook>().ToHashSet(), ""));

    public async Task<HookAnswer> CallAsync(HookCall call, LivingDocument document, CancellationToken stop)
    {
        Calls.Add($"{call.Hook}:{call.Control.Name}");
        if (Hangs.Contains((call.Control.Name, call.Hook)))
        {
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, stop);
        }

        return Does.TryGetValue((call.Control.Name, call.Hook), out var does) ? does(call, document) : HookAnswer.Nothing;
    }

    public static HookAnswer Write(LivingDocument document, string part, Action<JsonObject> write)
    {
        write(document[part]);
        document.Touch(part);
        return HookAnswer.Nothing;
    }
}
