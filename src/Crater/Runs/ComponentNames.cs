using Crater.Diagnostics;
using Crater.Discovery;
using Crater.Experiments;

namespace Crater.Runs;

/// <summary>Turns the short names that documents give components (<c>carts</c>) into the ids that metric sources know (<c>deployment/shop/carts</c>).</summary>
public static class ComponentNames
{
    /// <summary>The experiment with every component of a guard and of a metric probe by its id.</summary>
    /// <param name="problems">CRT3030: a name that no component has. CRT3031: a name that several have.</param>
    public static Experiment Resolve(Experiment experiment, Topology topology, ICollection<Problem> problems)
    {
        string Id(string name, string path) => name.Length == 0 || name.Contains('/') ? name : Find(name, path, topology, problems);
        Activity Resolved(Activity activity, string path) => activity.Provider is MetricProvider metric
            ? activity with { Provider = metric with { Component = Id(metric.Component, $"{path}.provider.component") } }
            : activity;

        return experiment with
        {
            Guards = [.. experiment.Guards.Select((guard, i) => guard with { Component = Id(guard.Component, $"guards[{i}].component") })],
            Method = [.. experiment.Method.Select((activity, i) => Resolved(activity, $"method[{i}]"))],
            Hypothesis = experiment.Hypothesis is { } hypothesis
                ? hypothesis with { Probes = [.. hypothesis.Probes.Select((probe, i) => Resolved(probe, $"steady-state-hypothesis.probes[{i}]"))] }
                : null,
        };
    }

    private static string Find(string name, string path, Topology topology, ICollection<Problem> problems)
    {
        var found = topology.Components.Where(component => component.Name == name).Select(component => component.Id).ToArray();
        if (found is [var id])
        {
            return id;
        }

        problems.Add(found.Length == 0
            ? new Problem(path, "CRT3030", $"No component is called '{name}'.{Spelling.DidYouMean(name, topology.Components.Select(component => component.Name))} 'craterctl inventory' lists them.")
            : new Problem(path, "CRT3031", $"{found.Length} components are called '{name}': {string.Join(", ", found)}. Write the whole id."));
        return name;
    }
}
