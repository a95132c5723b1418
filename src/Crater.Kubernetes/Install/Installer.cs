using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Crater.Diagnostics;
using Crater.Kubernetes.Agents;
using Crater.Kubernetes.Client;

namespace Crater.Kubernetes.Install;

/// <summary>
/// Brings a cluster to what the chart says, by server-side apply; the same again is nothing, and another release is an upgrade. Everything is tried dry before anything is written, so that what is
/// in the way is told as a whole and nothing is half done for it. What others own is never taken over.
/// </summary>
/// <param name="tell">A line for each thing that is done or waited for.</param>
public sealed class Installer(KubernetesClient client, InstallOptions options, TimeProvider clock, Action<string> tell)
{
    /// <summary>Who owns what an installation applies.</summary>
    public const string Manager = "craterctl-install";

    internal const string TokenSecret = "crater-metrics";

    private readonly InstallWait _wait = new(client, options, clock, tell);

    /// <summary>What there is to do. Changes nothing: the server is asked dry.</summary>
    /// <exception cref="CraterException">CRT8601: something is in the way; each in its problems.</exception>
    public async Task<IReadOnlyList<InstallStep>> PlanAsync(CancellationToken abort)
    {
        List<InstallStep> steps = [];
        List<Problem> problems = [];
        var spaces = new HashSet<string>();
        foreach (var one in await ObjectsAsync(abort))
        {
            try
            {
                var step = await StepAsync(one, spaces, abort);
                steps.Add(step);
                if (step is { Kind: StepKind.Create, Resource.Kind: "Namespace" })
                {
                    spaces.Add(one.Name());
                }
            }
            catch (CraterException e) when (e is not KubernetesException { IsUnreachable: true })
            {
                problems.Add(new Problem(InstalledKinds.Named(one), e.Code, e.Message));
            }
        }

        if (options.Namespaced.Length > 0 && await client.FindAsync(Resource.Namespaces, null, options.Namespaced, abort) is null)
        {
            problems.Add(new Problem($"Namespace {options.Namespaced}", "CRT8604", "The namespace that is to be looked after is not there. Create it first."));
        }

        return problems.Count == 0 ? steps
            : throw new CraterException("CRT8601", $"{problems.Count} of {steps.Count + problems.Count} objects cannot be applied, so nothing was changed.") { Problems = problems };
    }

    /// <summary>Applies what is planned, in order, and waits until the operator is available.</summary>
    /// <param name="patience">How long the definitions and the operator may take.</param>
    /// <exception cref="CraterException">CRT8605: it did not become available in time; the message says what it waits for.</exception>
    public async Task ApplyAsync(IReadOnlyList<InstallStep> steps, TimeSpan patience, CancellationToken abort)
    {
        foreach (var step in steps)
        {
            if (step.Kind != StepKind.Keep)
            {
                await ApplyAsync(client, step.Object, abort);
                tell($"{step.Name} {(step.Kind == StepKind.Create ? "created" : "changed")}");
            }

            if (step.Resource == Resource.Namespaces)
            {
                await TokensAsync(abort);
            }
            else if (step.Resource == InstalledKinds.Definitions)
            {
                await _wait.EstablishedAsync(step.Object.Name(), patience, abort);
            }
        }

        await _wait.AvailableAsync(patience, abort);
    }

    /// <summary>What the chart says, and the webhook's certificate where nobody else has made one.</summary>
    private async Task<IReadOnlyList<JsonObject>> ObjectsAsync(CancellationToken abort)
    {
        var objects = Chart.Objects(options);
        var (secret, authorities) = options.Webhook ? await new SelfMadeCertificate(client, options, clock).PrepareAsync(abort) : (null, "");
        foreach (var configuration in objects.Where(one => authorities.Length > 0 && one.Text("kind") == "ValidatingWebhookConfiguration"))
        {
            // Without the note to cert-manager, which would look for a Certificate that there is not.
            (configuration["metadata"] as JsonObject)?.Remove("annotations");
            foreach (var webhook in configuration.Objects("webhooks"))
            {
                webhook["clientConfig"]!["caBundle"] = SelfMadeCertificate.Encoded(authorities);
            }
        }

        return secret is null ? objects : [.. objects.Append(secret).OrderBy(one => InstalledKinds.Rank(one.Text("kind")))];
    }

    private async Task<InstallStep> StepAsync(JsonObject one, HashSet<string> newSpaces, CancellationToken abort)
    {
        var (resource, name) = (InstalledKinds.Of(one), InstalledKinds.Named(one));
        if (newSpaces.Contains(one.Namespace()))
        {
            // Its namespace is made by this installation, so there is nothing there, and the server cannot be asked about it yet.
            return new InstallStep(name, StepKind.Create, []) { Object = one };
        }

        var found = await client.FindAsync(resource, one.Namespace(), one.Name(), abort);
        if (found is not null && resource == InstalledKinds.Definitions)
        {
            RefuseOtherVersions(one, found);
        }

        if (found is not null && found.IsTerminating())
        {
            throw new CraterException("CRT8604", $"{name} is being deleted. Wait until it is gone, and look at its finalizers if it stays.");
        }

        try
        {
            var applied = await ApplyAsync(client.DryRun(), one, abort);
            if (found is null)
            {
                return new InstallStep(name, StepKind.Create, []) { Object = one };
            }

            var changes = FieldDifferences.Of(found, applied);
            if (changes.Count > 0 && !IsOurs(found))
            {
                throw new CraterException("CRT8602", $"{name} is there and was not made by 'craterctl install'; it has other {string.Join(", ", changes.Take(5))}. "
                    + "It was left as it is. Delete or rename it, or install into another namespace (--home).");
            }

            return new InstallStep(name, changes.Count > 0 ? StepKind.Change : StepKind.Keep, changes) { Object = one };
        }
        catch (FieldConflictException e)
        {
            throw new CraterException("CRT8602", $"{name} is there, and {string.Join("; ", e.Conflicts.Select(conflict => $"{conflict.Field} belongs to {conflict.Manager}"))}. "
                + "It was left as it is. Delete or rename it, or let its owner give these fields up.", e);
        }
        catch (KubernetesException e) when (e.IsForbidden && resource.IsNamespaced is false && found is not null && IsEnough(one, found))
        {
            // Who looks after one namespace may not write here, and need not: an administrator has done it.
            return new InstallStep(name, StepKind.Keep, []) { Object = one };
        }
        catch (KubernetesException e) when (e.IsForbidden)
        {
            throw new CraterException("CRT8603", $"{e.Message} Install as an administrator, or let one apply deploy/manifests.", e);
        }
    }

    private static Task<JsonObject> ApplyAsync(KubernetesClient client, JsonObject one, CancellationToken abort) =>
        client.ApplyAsync(InstalledKinds.Of(one), one.Namespace(), one.Name(), one, new ApplyRequest { FieldManager = Manager }, null, abort);

    internal static bool IsOurs(JsonObject found) => found.Objects("metadata", "managedFields").Any(entry => entry.Text("manager") == Manager);

    /// <summary>Every field that is asked for stands there.</summary>
    private static bool IsEnough(JsonNode? asked, JsonNode? found) => asked switch
    {
        JsonObject map => map.All(field => field.Key is "labels" or "managedFields" || IsEnough(field.Value, found.At(field.Key))),
        JsonArray list => found is JsonArray there && list.Count <= there.Count && list.All(one => there.Any(other => IsEnough(one, other))),
        _ => asked.Text() == found.Text(),
    };

    /// <summary>Objects are stored in a version that this release does not know: applying it would lose or refuse them.</summary>
    private static void RefuseOtherVersions(JsonObject wanted, JsonObject found)
    {
        var ours = wanted.Objects("spec", "versions").Select(version => version.Text("name")).ToHashSet();
        var others = found.Texts("status", "storedVersions").Concat(found.Objects("spec", "versions").Select(version => version.Text("name"))).Where(version => !ours.Contains(version)).Distinct().ToList();
        if (others.Count > 0)
        {
            throw new CraterException("CRT8606", $"{found.Name()} is there with {string.Join(", ", others)}, and this release knows {string.Join(", ", ours)} alone. "
                + "It is of another release; use the craterctl of that one, or uninstall it first.");
        }
    }

    /// <summary>The bearers for /metrics and for standing agents: each made once, from chance, and never shown.</summary>
    private async Task TokensAsync(CancellationToken abort)
    {
        await TokenAsync(TokenSecret, abort);
        if (options.AgentDaemonSet)
        {
            await TokenAsync(AgentNames.OfDaemonSet, abort);
        }
    }

    private async Task TokenAsync(string name, CancellationToken abort)
    {
        if (await client.FindAsync(Resource.Secrets, options.Home, name, abort) is not null)
        {
            return;
        }

        var token = Convert.ToBase64String(Encoding.ASCII.GetBytes(RandomNumberGenerator.GetHexString(64, lowercase: true)));
        var secret = new JsonObject
        {
            ["apiVersion"] = "v1",
            ["kind"] = "Secret",
            ["metadata"] = new JsonObject { ["name"] = name, ["namespace"] = options.Home, ["labels"] = new JsonObject { ["app.kubernetes.io/managed-by"] = Chart.ManagedBy } },
            ["data"] = new JsonObject { ["token"] = token },
        };
        await client.ApplyAsync(Resource.Secrets, options.Home, name, secret, new ApplyRequest { FieldManager = Manager }, null, abort);
        tell($"Secret {options.Home}/{name} created, with a token from chance");
    }
}
