using System.Text.Json.Nodes;
using Crater.Diagnostics;
using Crater.Kubernetes.Client;
using Crater.Kubernetes.Operator.Experiments;
using Crater.Kubernetes.Operator.Schedules;

namespace Crater.Kubernetes.Operator.Workflows;

/// <summary>Everything that is wrong with a Workflow or a Schedule, the documents in it included: whoever made it hears of it then, and not in the middle of it or at three in the morning.</summary>
internal static class FlowExam
{
    /// <param name="home">The operator's own namespace.</param>
    public static IReadOnlyList<Problem> OfWorkflow(JsonObject workflow, string home)
    {
        var steps = WorkflowSteps.Read(workflow);
        var problems = steps.Problems.ToList();
        var place = 0;
        foreach (var written in workflow.Objects("spec", "steps"))
        {
            var path = $"spec.steps[{place++}]";
            if (steps.Steps.TryGetValue(written.Text("name"), out var step) && step.Document is { } document)
            {
                // A probe's and a load's document is ours, so its places would mean nothing; the same is said there once for the gate and once for the look.
                problems.AddRange(step.Kind == StepKind.Experiment
                    ? OfDocument(document, workflow.Namespace(), home).Select(problem => problem with { Path = $"{path}.experiment.document.{problem.Path}" })
                    : OfDocument(document, workflow.Namespace(), home).Select(problem => problem with { Path = $"{path}.{step.Kind.ToString().ToLowerInvariant()}" }).Distinct());
            }
        }

        return problems;
    }

    /// <inheritdoc cref="OfWorkflow"/>
    public static IReadOnlyList<Problem> OfSchedule(ScheduleView schedule, string home)
    {
        var space = schedule.Object.Namespace();
        return [.. schedule.Problems(), .. schedule.Made switch
        {
            null => [],
            { Spec: var spec, Resource: var made } when made == CraterKinds.Workflows =>
                OfWorkflow(Of(space, spec), home).Select(problem => problem with { Path = $"spec.workflow{problem.Path["spec".Length..]}" }),
            { Spec: var spec } when spec.At("document") is JsonObject document => OfDocument(document, space, home).Select(problem => problem with { Path = $"spec.experiment.document.{problem.Path}" }),
            _ => [new Problem("spec.experiment.document", "CRT8405", "There is no document. Put a document in Chaos Toolkit's format there, with title and method.")],
        }];
    }

    private static IReadOnlyList<Problem> OfDocument(JsonObject document, string space, string home) =>
        ExperimentExam.Of(new ExperimentView(Of(space, new JsonObject { ["document"] = document.DeepClone() })), home).Errors;

    private static JsonObject Of(string space, JsonObject spec) => new() { ["metadata"] = new JsonObject { ["namespace"] = space }, ["spec"] = spec.DeepClone() };
}
