using Crater.Experiments;
using Crater.Runs;
using Crater.Targets;

namespace Crater.Tests.Runs.Simulation;

/// <summary>The document of a simulated run: its faults with plain activities around each, in the background or not, a rollback and a guard.</summary>
internal static class SimulatedDocument
{
    private static Activity Step(PlannedFault fault) => new()
    {
        Name = fault.Activity,
        IsProbe = false,
        Background = fault.Background,
        Provider = new FaultProvider(fault.Injections[0].Fault, new TargetSelector(), fault.Injections[0].Duration),
    };

    // Named after its run, so that whoever carries it out knows whose journal must have its line.
    private static Activity Plain(Plan plan, string name, bool isBackground) => new()
    {
        Name = $"{plan.Run} {name}",
        IsProbe = false,
        Background = isBackground,
        Place = name == "rollback" ? "rollbacks[0]" : "",
        Provider = new ProcessProvider("true", [], ThroughShell: false, Timeout: null),
    };

    public static Experiment Of(Plan plan, TimeSpan patienceOfGuards) => new()
    {
        Title = plan.Title,
        Source = "",
        SourceFormat = "yaml",
        Method =
        [
            .. plan.Faults.SelectMany(fault => new[] { Plain(plan, $"before {fault.Activity}", fault.Background), Step(fault), Plain(plan, $"after {fault.Activity}", !fault.Background) }),
        ],
        Rollbacks = [Plain(plan, "rollback", isBackground: false)],
        Guards = [new GuardCondition { Metric = "error_rate", Above = 0.05, StaleAfter = patienceOfGuards }],
    };
}
