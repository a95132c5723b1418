using System.Text.Json.Nodes;
using Crater.Kubernetes.Client;

namespace Crater.Kubernetes.Doctor;

/// <summary>Asks the cluster, verb by verb, whether this user may do what the parts of Crater need.</summary>
/// <param name="space">Where what lives in namespaces is asked for when it is not allowed everywhere.</param>
/// <param name="agents">The namespace of agent pods, in which alone they need rights.</param>
/// <param name="groups">The API groups that the cluster serves.</param>
internal sealed class AccessExam(KubernetesClient client, string space, string agents, IReadOnlySet<string> groups)
{
    /// <summary>Questions at a time.</summary>
    private const int AtOnce = 8;

    private static readonly Resource Reviews = new("authorization.k8s.io", "v1", "selfsubjectaccessreviews", "SelfSubjectAccessReview", false);

    /// <summary>Without these nothing works; the others only limit what can be broken.</summary>
    private static readonly string[] Needed = [Permissions.Inventory.Name];

    private sealed record Answer(PermissionSet Set, Permission Permission, string Verb)
    {
        public bool Everywhere { get; set; }

        public bool InTheNamespace { get; set; }
    }

    public async Task<IReadOnlyList<Check>> ExamineAsync(CancellationToken abort)
    {
        var sets = Permissions.All.Where(set => set.Group.Length == 0 || groups.Contains(set.Group)).ToList();
        var answers = sets.SelectMany(set => set.Permissions.Where(one => one.Group.Length == 0 || groups.Contains(one.Group))
            .SelectMany(one => one.Verbs.Select(verb => new Answer(set, one, verb)))).ToList();
        await Parallel.ForEachAsync(answers, new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = abort }, async (answer, stop) =>
        {
            answer.Everywhere = await MayAsync(answer, "", stop);
            answer.InTheNamespace = answer.Everywhere || (answer.Permission.IsNamespaced && await MayAsync(answer, SpaceOf(answer.Set), stop));
        });
        return [.. sets.SelectMany(set => Judge(set, [.. answers.Where(answer => answer.Set == set)]))];
    }

    private string SpaceOf(PermissionSet set) => set == Permissions.Agent ? agents : space;

    private IEnumerable<Check> Judge(PermissionSet set, IReadOnlyList<Answer> answers)
    {
        var refused = answers.Where(answer => !answer.InTheNamespace).GroupBy(answer => answer.Permission).ToList();
        if (refused.Count == 0)
        {
            var local = answers.Any(answer => !answer.Everywhere);
            yield return new Check($"may {set.Name}", CheckState.Fine, local ? $"all of it in namespace '{SpaceOf(set)}', not in every namespace" : "all of it");
            yield break;
        }

        foreach (var group in refused)
        {
            yield return new Check($"may {set.Name}", Needed.Contains(set.Name) ? CheckState.Missing : CheckState.Limited,
                $"not {string.Join(", ", group.Select(answer => answer.Verb))} {group.Key.Qualified}, which is needed to {group.Key.Why}",
                $"kubectl apply -f deploy/rbac/{set.Name}.yaml, and bind the role {set.Role} to this user.", "CRT5221");
        }
    }

    private async Task<bool> MayAsync(Answer answer, string where, CancellationToken abort)
    {
        var parts = answer.Permission.Resource.Split('/');
        var review = new JsonObject
        {
            ["apiVersion"] = Reviews.ApiVersion,
            ["kind"] = Reviews.Kind,
            ["spec"] = new JsonObject
            {
                ["resourceAttributes"] = new JsonObject
                {
                    ["verb"] = answer.Verb,
                    ["group"] = answer.Permission.Group,
                    ["resource"] = parts[0],
                    ["subresource"] = parts.Length > 1 ? parts[1] : "",
                    ["namespace"] = where,
                },
            },
        };
        return (await client.CreateAsync(Reviews, null, review, abort)).Flag("status", "allowed");
    }
}
