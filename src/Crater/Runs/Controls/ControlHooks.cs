using Crater.Experiments;

namespace Crater.Runs.Controls;

/// <summary>Hooks by the point of a run and by the names that Python modules give them.</summary>
internal static class ControlHooks
{
    private static readonly Dictionary<ControlHook, string> Names = new()
    {
        [ControlHook.Configure] = "configure_control",
        [ControlHook.BeforeLoading] = "before_loading_experiment_control",
        [ControlHook.AfterLoading] = "after_loading_experiment_control",
        [ControlHook.BeforeExperiment] = "before_experiment_control",
        [ControlHook.AfterExperiment] = "after_experiment_control",
        [ControlHook.BeforeHypothesis] = "before_hypothesis_control",
        [ControlHook.AfterHypothesis] = "after_hypothesis_control",
        [ControlHook.BeforeMethod] = "before_method_control",
        [ControlHook.AfterMethod] = "after_method_control",
        [ControlHook.BeforeRollback] = "before_rollback_control",
        [ControlHook.AfterRollback] = "after_rollback_control",
        [ControlHook.BeforeActivity] = "before_activity_control",
        [ControlHook.AfterActivity] = "after_activity_control",
        [ControlHook.CleanUp] = "cleanup_control",
    };

    private static readonly Dictionary<string, ControlHook> ByName = Names.ToDictionary(pair => pair.Value, pair => pair.Key);

    /// <summary>The name of the function in a Python module.</summary>
    public static string Python(this ControlHook hook) => Names[hook];

    /// <summary>The hooks among the functions of a Python module.</summary>
    public static IReadOnlySet<ControlHook> Of(IEnumerable<string> functions) =>
        functions.Where(ByName.ContainsKey).Select(name => ByName[name]).ToHashSet();

    public static ControlHook At(ControlLevel level, ControlScope scope) => (level, scope == ControlScope.Before) switch
    {
        (ControlLevel.Experiment, true) => ControlHook.BeforeExperiment,
        (ControlLevel.Experiment, false) => ControlHook.AfterExperiment,
        (ControlLevel.Hypothesis, true) => ControlHook.BeforeHypothesis,
        (ControlLevel.Hypothesis, false) => ControlHook.AfterHypothesis,
        (ControlLevel.Method, true) => ControlHook.BeforeMethod,
        (ControlLevel.Method, false) => ControlHook.AfterMethod,
        (ControlLevel.Rollback, true) => ControlHook.BeforeRollback,
        (ControlLevel.Rollback, false) => ControlHook.AfterRollback,
        (_, true) => ControlHook.BeforeActivity,
        _ => ControlHook.AfterActivity,
    };
}
