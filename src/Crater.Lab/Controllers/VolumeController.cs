using System.Text.Json.Nodes;
using Crater.Lab.Api.Admission;
using Crater.Lab.Store;

namespace Crater.Lab.Controllers;

/// <summary>Binds claims to the smallest volume that suffices, releases volumes, and lets go of both when nobody uses them any more.</summary>
internal sealed class VolumeController(Workbench work) : IController
{
    public const string ClaimProtection = "kubernetes.io/pvc-protection";
    public const string VolumeProtection = "kubernetes.io/pv-protection";

    private const string Claims = "persistentvolumeclaims";
    private const string Volumes = "persistentvolumes";

    public IEnumerable<ObjectKey> Concerned(StoreEvent change) => change.Resource switch
    {
        Claims => change.Object.Text("spec", "volumeName") is { Length: > 0 } volume ? [ObjectKey.Of(change), new ObjectKey(Volumes, "", volume)] : [ObjectKey.Of(change)],
        Volumes => [ObjectKey.Of(change), .. Waiting()],
        "pods" when change.Change == StoreChange.Deleted || change.Object.IsOver() => change.Object.Each("spec", "volumes")
            .Select(volume => volume.Text("persistentVolumeClaim", "claimName")).Where(name => name.Length > 0)
            .Select(name => new ObjectKey(Claims, change.Object.Space(), name)),
        _ => [],
    };

    public TimeSpan? Reconcile(ObjectKey key)
    {
        if (work.Find(key) is { } item)
        {
            if (key.Resource == Claims)
            {
                Claim(key, item);
            }
            else
            {
                Volume(key, item);
            }
        }

        return null;
    }

    private IEnumerable<ObjectKey> Waiting() => work.Store.Scan(Claims).Items.Where(claim => claim.Text("spec", "volumeName").Length == 0)
        .Select(claim => new ObjectKey(Claims, claim.Space(), claim.Name()));

    private void Claim(ObjectKey key, JsonObject claim)
    {
        if (claim.IsEnding())
        {
            var isUsed = work.Store.Scan("pods", key.Space).Items.Any(pod => !pod.IsOver()
                && pod.Each("spec", "volumes").Any(volume => volume.Text("persistentVolumeClaim", "claimName") == key.Name));
            if (!isUsed)
            {
                Strip(key, ClaimProtection);
            }

            return;
        }

        var named = claim.Text("spec", "volumeName");
        var volume = named.Length > 0 ? work.Store.Peek(Volumes, "", named)
            : work.Store.Scan(Volumes).Items.Where(one => Suits(one, claim)).OrderBy(one => Amounts.Of(one.At("spec", "capacity", "storage"))).FirstOrDefault();
        if (volume is null || (volume.Text("spec", "claimRef", "uid") is { Length: > 0 } uid && uid != claim.Uid()))
        {
            return;
        }

        work.Store.Modify(Volumes, "", volume.Name(), stored =>
        {
            stored.Make("spec")["claimRef"] = new JsonObject
            {
                ["apiVersion"] = "v1",
                ["kind"] = "PersistentVolumeClaim",
                ["name"] = key.Name,
                ["namespace"] = key.Space,
                ["uid"] = claim.Uid(),
                ["resourceVersion"] = stored.Text("spec", "claimRef", "resourceVersion") is { Length: > 0 } known ? known : claim.Text("metadata", "resourceVersion"),
            };
            stored.Make("metadata", "annotations")["pv.kubernetes.io/bound-by-controller"] = "yes";
            stored.Make("status")["phase"] = "Bound";
        });
        work.Store.Modify(Claims, key.Space, key.Name, stored =>
        {
            stored.Make("spec")["volumeName"] = volume.Name();
            var annotations = stored.Make("metadata", "annotations");
            (annotations["pv.kubernetes.io/bind-completed"], annotations["pv.kubernetes.io/bound-by-controller"]) = ("yes", "yes");
            var status = stored.Make("status");
            (status["phase"], status["accessModes"]) = ("Bound", volume.At("spec", "accessModes")?.DeepClone());
            status["capacity"] = volume.At("spec", "capacity")?.DeepClone();
        });
    }

    private void Volume(ObjectKey key, JsonObject volume)
    {
        var claim = volume.Map("spec", "claimRef");
        var isBound = claim is not null && work.Store.Peek(Claims, claim.Text("namespace"), claim.Text("name")) is { } found
            && (claim.Text("uid").Length == 0 || found.Uid() == claim.Text("uid"));
        if (volume.IsEnding())
        {
            if (!isBound)
            {
                Strip(key, VolumeProtection);
            }

            return;
        }

        var phase = claim is null || (claim.Text("uid").Length == 0 && !isBound) ? "Available" : isBound ? "Bound" : "Released";
        work.Store.Modify(key.Resource, "", key.Name, stored => stored.Make("status")["phase"] = phase);
    }

    private static bool Suits(JsonObject volume, JsonObject claim)
    {
        var reserved = volume.Map("spec", "claimRef");
        var isFree = reserved is null
            || (reserved.Text("uid").Length == 0 && reserved.Text("name") == claim.Name() && reserved.Text("namespace") == claim.Space());
        return isFree && !volume.IsEnding() && volume.Text("spec", "storageClassName") == claim.Text("spec", "storageClassName")
            && claim.Texts("spec", "accessModes").All(mode => volume.Texts("spec", "accessModes").Contains(mode))
            && Amounts.Of(volume.At("spec", "capacity", "storage")) >= Amounts.Of(claim.At("spec", "resources", "requests", "storage"))
            && (claim.Map("spec", "selector") is not { } selector || ObjectSelector.Matches(selector, volume.Labels()));
    }

    private void Strip(ObjectKey key, string finalizer) => work.Store.Modify(key.Resource, key.Space, key.Name, stored =>
        stored.Make("metadata")["finalizers"] = new JsonArray(
            [.. stored.Texts("metadata", "finalizers").Where(one => one != finalizer).Select(one => (JsonNode)one)]));
}
