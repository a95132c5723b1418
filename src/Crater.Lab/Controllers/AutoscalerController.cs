using System.Text.Json.Nodes;
using Crater.Lab.Api;
using Crater.Lab.Api.Admission;
using Crater.Lab.Store;

namespace Crater.Lab.Controllers;

/// <summary>Keeps replicas between an autoscaler's bounds, and where pods say what they ask for, near the utilisation that is wanted.</summary>
/// <param name="usage">CPU and memory of every container, as the nodes last read them.</param>
internal sealed class AutoscalerController(Workbench work, Func<IReadOnlyList<ContainerUsage>> usage) : IController
{
    private const string Resource = "horizontalpodautoscalers.autoscaling";
    private const string Component = "horizontal-pod-autoscaler";

    /// <summary>Kubernetes' own figures: how often it looks, how far off is near enough, and for how long the highest wish holds before fewer are taken.</summary>
    private static readonly TimeSpan Every = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan Stabilisation = TimeSpan.FromMinutes(5);
    private const double Tolerance = 0.1;

    private readonly Dictionary<string, List<(DateTimeOffset At, int Replicas)>> _wishes = [];

    public IEnumerable<ObjectKey> Concerned(StoreEvent change) =>
        change.Resource == Resource && change.Change != StoreChange.Deleted ? [ObjectKey.Of(change)] : [];

    public TimeSpan? Reconcile(ObjectKey key)
    {
        if (work.Find(key) is not { } scaler)
        {
            return null;
        }

        var target = scaler.Map("spec", "scaleTargetRef");
        var kind = ResourceTable.BuiltIn.FirstOrDefault(one => one.Kind == target.Text("kind") && one.Has("scale"));
        if (kind is null || work.Store.Peek(kind.StoreName, key.Space, target.Text("name")) is not { } scaled)
        {
            Say(key, 0, 0, "False", "FailedGetScale", $"the HPA controller was unable to get the target's current scale: {kind?.Qualified} \"{target.Text("name")}\" not found");
            return Every;
        }

        var now = scaled.Count(1, "spec", "replicas");
        var (least, most) = (scaler.Count(1, "spec", "minReplicas"), scaler.Count(1, "spec", "maxReplicas"));
        var wish = now == 0 ? 0 : Math.Clamp(now < least || now > most ? now : Stable(scaler, now, Wish(scaler, scaled, now)), least, most);
        if (wish != now)
        {
            work.Update(kind.StoreName, scaled, changed => changed.Make("spec")["replicas"] = wish, "scale");
            work.Events.Record(scaler, "Normal", "SuccessfulRescale",
                $"New size: {wish}; reason: {(now < least ? "Current number of replicas below Spec.MinReplicas" : now > most ? "Current number of replicas above Spec.MaxReplicas" : "resource utilization away from target")}", Component);
        }

        Say(key, now, wish, "True", wish != now ? "SucceededRescale" : "ReadyForNewScale",
            wish != now ? $"the HPA controller was able to update the target scale to {wish}" : "recommended size matches current size");
        return Every;
    }

    /// <summary>The largest number that any metric asks for; what there is where none can be read.</summary>
    private int Wish(JsonObject scaler, JsonObject scaled, int now)
    {
        var pods = work.Store.Scan("pods", scaler.Space()).Items
            .Where(pod => pod.IsActive() && pod.IsReady() && ObjectSelector.Matches(scaled.At("spec", "selector"), pod.Labels())).ToList();
        var used = usage().Where(one => one.Namespace == scaler.Space()).ToLookup(one => one.Pod);
        List<int> wishes = [];
        foreach (var metric in scaler.Each("spec", "metrics").Where(metric => metric.Text("type") == "Resource"))
        {
            var name = metric.Text("resource", "name");
            var measured = pods.Where(pod => used.Contains(pod.Name())).ToList();
            var asked = measured.Sum(pod => Amounts.OfPod(pod, "requests", name));
            var wanted = metric.Number("resource", "target", "averageUtilization");
            if (measured.Count == 0 || asked <= 0 || wanted is not > 0)
            {
                continue;
            }

            var ratio = measured.Sum(pod => used[pod.Name()].Sum(one => name == "cpu" ? one.Cores : one.Bytes)) / asked * 100 / wanted.Value;
            wishes.Add(Math.Abs(ratio - 1) <= Tolerance ? now : (int)Math.Ceiling(ratio * measured.Count));
        }

        return wishes.Count == 0 ? now : wishes.Max();
    }

    private int Stable(JsonObject scaler, int now, int wish)
    {
        var wishes = _wishes.TryGetValue(scaler.Uid(), out var known) ? known : _wishes[scaler.Uid()] = [];
        wishes.RemoveAll(one => one.At + Stabilisation < work.Now);
        wishes.Add((work.Now, wish));
        return wish >= now ? wish : Math.Min(now, wishes.Max(one => one.Replicas));
    }

    private void Say(ObjectKey key, int now, int wish, string able, string reason, string message) => work.Store.Modify(key.Resource, key.Space, key.Name, stored =>
    {
        var status = stored.Make("status");
        (status["currentReplicas"], status["desiredReplicas"]) = (now, wish);
        if (wish != now)
        {
            status["lastScaleTime"] = work.Now.Stamp();
        }

        PodBinding.SetCondition(stored, new JsonObject
        {
            ["type"] = "AbleToScale",
            ["status"] = able,
            ["lastTransitionTime"] = work.Now.Stamp(),
            ["reason"] = reason,
            ["message"] = message,
        });
    });
}
