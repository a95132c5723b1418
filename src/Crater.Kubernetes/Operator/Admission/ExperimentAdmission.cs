using System.Text.Json.Nodes;
using Crater.Diagnostics;
using Crater.Kubernetes.Client;
using Crater.Kubernetes.Operator.Experiments;
using Crater.Kubernetes.Operator.Schedules;
using Crater.Kubernetes.Operator.Workflows;

namespace Crater.Kubernetes.Operator.Admission;

/// <summary>
/// Says at creation what the operator would say later: the document, targets and blast radius, protected namespaces, what other runs hold, change freezes; of Workflows and
/// Schedules what does not depend on the moment. Changes of objects that leave the spec alone always pass, so that no finalizer ever waits for this.
/// </summary>
public sealed class ExperimentAdmission(KubernetesWorld world, string home, TimeProvider clock)
{
    /// <summary>Less than the 10 s that an API server waits by default.</summary>
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(8);

    private readonly ChangeFreeze _freeze = new(world.Connection.Client, home);

    /// <summary>Answers one AdmissionReview (admission.k8s.io/v1).</summary>
    public async Task<JsonObject> ReviewAsync(JsonObject review, CancellationToken stop)
    {
        var request = review.At("request") as JsonObject ?? [];
        var problems = await ProblemsAsync(request, stop);
        var response = new JsonObject { ["uid"] = request.Text("uid"), ["allowed"] = problems.Count == 0 };
        if (problems.Count > 0)
        {
            response["status"] = new JsonObject
            {
                ["status"] = "Failure",
                ["code"] = 422,
                ["reason"] = "Invalid",
                ["message"] = string.Join("; ", problems.Select(problem => problem.ToString())),
            };
        }

        return new JsonObject { ["apiVersion"] = "admission.k8s.io/v1", ["kind"] = "AdmissionReview", ["response"] = response };
    }

    private async Task<IReadOnlyList<Problem>> ProblemsAsync(JsonObject request, CancellationToken stop)
    {
        if (request.At("object") is not JsonObject made)
        {
            return [];
        }

        var placed = WithSpace(made, request.Text("namespace"));
        return made.Text("kind") switch
        {
            "Experiment" when IsNew(request, made, "document") => await OfExperimentAsync(new ExperimentView(placed), stop),
            "Workflow" when IsNew(request, made) => FlowExam.OfWorkflow(placed, home),
            "Schedule" when IsNew(request, made) => FlowExam.OfSchedule(new ScheduleView(placed), home),
            _ => [],
        };
    }

    private async Task<IReadOnlyList<Problem>> OfExperimentAsync(ExperimentView view, CancellationToken stop)
    {
        var examined = ExperimentExam.Of(view, home);
        if (examined.Experiment is not { } experiment)
        {
            return examined.Errors;
        }

        using var limit = new CancellationTokenSource(Limit, clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(stop, limit.Token);
        try
        {
            var frozen = await _freeze.FindAsync(either.Token);
            var plan = await new ControlPlane(world.World, new Journals.RunFolders(Path.GetTempPath(), clock), clock, "").PlanAsync(experiment, seed: 1, either.Token);
            return [.. frozen is null ? [] : (Problem[])[frozen], .. plan.Problems.Where(problem => !problem.IsWarning)];
        }
        catch (Exception e) when (e is CraterException or OperationCanceledException && !stop.IsCancellationRequested)
        {
            // Not known is not allowed.
            return [new Problem("", "CRT8409", $"Whether the Experiment may be run could not be found out: {e.Message} Try again.")];
        }
    }

    /// <summary>What is created, or what is changed in this part of its spec.</summary>
    private static bool IsNew(JsonObject request, JsonObject made, params string[] part) => request.Text("operation") switch
    {
        "CREATE" => true,
        "UPDATE" => !JsonNode.DeepEquals(made.At(["spec", .. part]), request.At(["oldObject", "spec", .. part])),
        _ => false,
    };

    private static JsonObject WithSpace(JsonObject made, string space)
    {
        var copy = made.DeepClone().AsObject();
        copy["metadata"] ??= new JsonObject();
        copy["metadata"]!["namespace"] = made.Namespace().Length > 0 ? made.Namespace() : space;
        return copy;
    }
}
