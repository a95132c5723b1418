using Crater.Experiments;

namespace Crater.Runs.Controls;

/// <summary>Which controls are called at a point, and in which order. Before and after have the same one; each is called once.</summary>
internal static class ControlOrder
{
    /// <param name="top">Of the top level of the document.</param>
    /// <param name="global">Of the settings.</param>
    /// <param name="own">Of the hypothesis or activity; nothing at the other levels.</param>
    public static IReadOnlyList<Control> At(ControlLevel level, ControlScope scope, IReadOnlyList<Control> top, IReadOnlyList<Control> global, IReadOnlyList<Control> own)
    {
        var controls = level switch
        {
            ControlLevel.Experiment => [.. global, .. Declared(top, top)],
            // The settings' controls give way to the document's here, as in Chaos Toolkit.
            ControlLevel.Method or ControlLevel.Rollback => top.Count > 0 ? [.. top.Where(control => control.IsAutomatic)] : global,
            _ => Lower(top, global, Declared(own, top)),
        };
        return [.. controls.Where(control => control.Module.Length > 0 && (control.Scope ?? scope) == scope)];
    }

    /// <summary>Those of a document in the order in which they are configured, as they stand in it; a name may be there more than once.</summary>
    public static IEnumerable<Control> Own(Experiment experiment)
    {
        var activities = (experiment.Hypothesis?.Probes ?? []).Concat(experiment.Method).Concat(experiment.Rollbacks);
        return experiment.Controls.Concat(experiment.Hypothesis?.Controls ?? []).Concat(activities.SelectMany(activity => activity.Controls))
            .Where(control => control.Module.Length > 0);
    }

    /// <summary>Those of the top level come first, unless the level itself has one of that name or refers to it.</summary>
    private static List<Control> Lower(IReadOnlyList<Control> top, IReadOnlyList<Control> global, List<Control> declared)
    {
        var names = declared.Select(control => control.Name).ToHashSet(StringComparer.Ordinal);
        return [.. top.Where(control => control.IsAutomatic && control.Ref.Length == 0 && !names.Contains(control.Name)), .. global, .. declared];
    }

    // What a ref names comes after all others; the entry with the ref is called too when it brings code of its own.
    private static List<Control> Declared(IReadOnlyList<Control> own, IReadOnlyList<Control> top)
    {
        Control? Meant(Control control) => control.Ref.Length > 0 ? top.LastOrDefault(other => other.Name == control.Ref && other != control) : null;
        var kept = own.Where(control => Meant(control)?.Module != control.Module);
        return [.. kept.Concat(own.Select(Meant).OfType<Control>()).Distinct()];
    }
}
