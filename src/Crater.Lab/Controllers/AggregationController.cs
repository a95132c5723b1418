using System.Text.Json.Nodes;
using Crater.Lab.Store;

namespace Crater.Lab.Controllers;

/// <summary>Gives a cluster role that is made of others the rules of those that its selectors name.</summary>
internal sealed class AggregationController(Workbench work) : IController
{
    private const string Resource = "clusterroles.rbac.authorization.k8s.io";

    public IEnumerable<ObjectKey> Concerned(StoreEvent change) => change.Resource == Resource
        ? work.Store.Scan(Resource).Items.Where(role => role.Map("aggregationRule") is not null).Select(role => new ObjectKey(Resource, "", role.Name())) : [];

    public TimeSpan? Reconcile(ObjectKey key)
    {
        if (work.Find(key) is not { } role || role.Map("aggregationRule") is null)
        {
            return null;
        }

        var selectors = role.Each("aggregationRule", "clusterRoleSelectors").ToList();
        List<JsonObject> rules = [];
        foreach (var part in work.Store.Scan(Resource).Items.Where(part => part.Name() != key.Name && selectors.Exists(one => ObjectSelector.Matches(one, part.Labels()))))
        {
            rules.AddRange(part.Each("rules").Where(rule => !rules.Exists(known => JsonNode.DeepEquals(known, rule))));
        }

        work.Store.Modify(Resource, "", key.Name, stored =>
            stored["rules"] = rules.Count == 0 ? null : new JsonArray([.. rules.Select(rule => rule.DeepClone())]));
        return null;
    }
}
