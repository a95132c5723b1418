using System.Text.Json.Nodes;
using Crater.Lab.Store;

namespace Crater.Lab.Api.Admission;

/// <summary>What a new pod refers to must be there: its runtime, its account and its priority class, of which one alone is the default.</summary>
internal static class PodAdmission
{
    private const string Classes = "priorityclasses.scheduling.k8s.io";
    private const string Runtimes = "runtimeclasses.node.k8s.io";

    /// <exception cref="ApiException">Forbidden: something is not there.</exception>
    public static void Check(ResourceStore store, ResourceKind kind, JsonObject read)
    {
        if (kind.Kind == "PriorityClass" && read.Flag("globalDefault")
            && store.Scan(Classes).Items.FirstOrDefault(one => one.Flag("globalDefault") && one.Name() != read.Name()) is { } other)
        {
            throw ApiException.Forbidden(kind.Qualified, read.Name(), $"PriorityClass {other.Name()} is already marked as default. Only one default can exist");
        }

        if (kind.Kind != "Pod" || read.Map("spec") is not { } spec)
        {
            return;
        }

        if (spec.Text("runtimeClassName") is { Length: > 0 } runtime && store.Peek(Runtimes, "", runtime) is null)
        {
            throw ApiException.Forbidden("pods", read.Name(), $"pod rejected: RuntimeClass \"{runtime}\" not found");
        }

        if (spec.Map("overhead") is not null && spec.Text("runtimeClassName").Length == 0)
        {
            throw ApiException.Forbidden("pods", read.Name(), "pod rejected: Pod Overhead set without corresponding RuntimeClass defined Overhead");
        }

        AccountAdmission.Apply(store, read, spec);
        var named = spec.Text("priorityClassName");
        var priority = named.Length > 0
            ? store.Peek(Classes, "", named) ?? throw ApiException.Forbidden("pods", read.Name(), $"no PriorityClass with name {named} was found")
            : store.Scan(Classes).Items.FirstOrDefault(one => one.Flag("globalDefault"));
        if (spec.Number("priority") is { } said && said != (priority.Number("value") ?? 0))
        {
            throw ApiException.Forbidden("pods", read.Name(), $"the integer value of priority ({said}) must not be provided in pod spec; "
                + $"priority admission controller computed {priority.Number("value") ?? 0} from the given PriorityClass name");
        }

        if (priority is not null)
        {
            spec["priorityClassName"] = priority.Name();
            spec["priority"] = priority.Number("value") ?? 0;
            spec["preemptionPolicy"] = priority.Text("preemptionPolicy") is { Length: > 0 } policy ? policy : "PreemptLowerPriority";
        }
    }
}
