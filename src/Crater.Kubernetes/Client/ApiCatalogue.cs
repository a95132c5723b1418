using System.Text.Json.Nodes;

namespace Crater.Kubernetes.Client;

/// <summary>A kind of object that a cluster serves.</summary>
/// <param name="Verbs">What can be done with it, e.g. <c>get</c>, <c>list</c>.</param>
/// <param name="Subresources">For example <c>scale</c>, <c>status</c>.</param>
public sealed record ServedResource(Resource Resource, IReadOnlyList<string> Verbs, IReadOnlyList<string> Subresources, IReadOnlyList<string> ShortNames);

/// <summary>
/// What a cluster serves, asked once and kept for <see cref="FreshFor"/>: in one document each for core and groups where the server knows
/// aggregated discovery (1.27 and newer, v2 from 1.30), else a document for each group and version.
/// </summary>
public sealed class ApiCatalogue(KubernetesClient client, TimeProvider clock) : IDisposable
{
    private const string Accept = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,application/json;g=apidiscovery.k8s.io;v=v2beta1;as=APIGroupDiscoveryList,application/json";

    /// <summary>How long an answer counts. 10 minutes: CRDs come and go with installations, and who misses one looks again at once.</summary>
    public static readonly TimeSpan FreshFor = TimeSpan.FromMinutes(10);

    /// <summary>Something that was not found is looked for again after so long.</summary>
    private static readonly TimeSpan MissedFor = TimeSpan.FromSeconds(10);

    private readonly SemaphoreSlim _turn = new(1);
    private IReadOnlyList<ServedResource>? _served;
    private long _askedAt;

    /// <summary>Group and version of those that did not answer, for example of an aggregated API whose server is down.</summary>
    public IReadOnlyList<string> Silent { get; private set; } = [];

    public void Dispose() => _turn.Dispose();

    /// <summary>Everything, core first, the preferred version of a group before its others.</summary>
    public Task<IReadOnlyList<ServedResource>> ServedAsync(CancellationToken abort) => ServedAsync(FreshFor, abort);

    /// <summary>A kind in the version that is asked for, else null.</summary>
    public async Task<ServedResource?> FindAsync(string group, string version, string plural, CancellationToken abort)
    {
        for (var fresh = FreshFor; ; fresh = MissedFor)
        {
            var found = (await ServedAsync(fresh, abort)).FirstOrDefault(one => one.Resource.Group == group && one.Resource.Version == version && one.Resource.Plural == plural);
            if (found is not null || fresh == MissedFor)
            {
                return found;
            }
        }
    }

    /// <summary>The versions of a group, the preferred one first; empty when the cluster does not have it.</summary>
    public async Task<IReadOnlyList<string>> VersionsAsync(string group, CancellationToken abort) =>
        [.. (await ServedAsync(abort)).Where(one => one.Resource.Group == group).Select(one => one.Resource.Version).Distinct()];

    /// <summary>A kind that has to be there.</summary>
    /// <exception cref="KubernetesException">CRT5212: the group is not there, or serves other versions, which the message names.</exception>
    public async Task<ServedResource> NeedAsync(Resource resource, CancellationToken abort)
    {
        if (await FindAsync(resource.Group, resource.Version, resource.Plural, abort) is { } found)
        {
            return found;
        }

        var versions = await VersionsAsync(resource.Group, abort);
        throw new KubernetesException(Failures.NotServedCode, versions.Count == 0
            ? $"This cluster (context '{client.Context}') does not know {resource.QualifiedName}. Install what brings its CRD, or leave it out."
            : $"This cluster (context '{client.Context}') serves {resource.Group} in {string.Join(", ", versions)}, and not {resource.Plural} in {resource.Version}, which Crater speaks. "
                + "Install a release that serves it.", 404, "NotFound");
    }

    private async Task<IReadOnlyList<ServedResource>> ServedAsync(TimeSpan fresh, CancellationToken abort)
    {
        await _turn.WaitAsync(abort);
        try
        {
            if (_served is null || clock.GetElapsedTime(_askedAt) >= fresh)
            {
                List<string> silent = [];
                _served = [.. await DocumentAsync("api", silent, abort), .. await DocumentAsync("apis", silent, abort)];
                Silent = silent;
                _askedAt = clock.GetTimestamp();
            }

            return _served;
        }
        finally
        {
            _turn.Release();
        }
    }

    private async Task<IReadOnlyList<ServedResource>> DocumentAsync(string path, List<string> silent, CancellationToken abort)
    {
        var document = await client.DocumentAsync(path, Accept, abort);
        if (document.Text("kind") == "APIGroupDiscoveryList")
        {
            silent.AddRange(document.Objects("items").SelectMany(group => group.Objects("versions")
                .Where(version => version.Text("freshness") == "Stale").Select(version => $"{group.Name()}/{version.Text("version")}")));
            return [.. document.Objects("items").SelectMany(group => group.Objects("versions").SelectMany(version => Aggregated(group.Name(), version)))];
        }

        // An older server: one document for each version.
        var versions = path == "api"
            ? document.Texts("versions")
            : [.. document.Objects("groups").SelectMany(group => group.Objects("versions").Select(version => version.Text("groupVersion")))];
        var served = new List<ServedResource>();
        foreach (var version in versions)
        {
            try
            {
                served.AddRange(Plain(version, await client.RawAsync($"{path}/{version}", abort)));
            }
            catch (KubernetesException e) when (e.Status is 404 or >= 500)
            {
                silent.Add(version);
            }
        }

        return served;
    }

    private static IEnumerable<ServedResource> Aggregated(string group, JsonObject version) => version.Objects("resources").Select(one => new ServedResource(
        new Resource(group, version.Text("version"), one.Text("resource"), one.Text("responseKind", "kind"), one.Text("scope") == "Namespaced"),
        one.Texts("verbs"), [.. one.Objects("subresources").Select(sub => sub.Text("subresource"))], one.Texts("shortNames")));

    private static IEnumerable<ServedResource> Plain(string groupVersion, JsonObject document)
    {
        var (group, version) = groupVersion.Split('/') is [var first, var second] ? (first, second) : ("", groupVersion);
        var all = document.Objects("resources").ToList();
        return all.Where(one => !one.Text("name").Contains('/')).Select(one => new ServedResource(
            new Resource(group, version, one.Text("name"), one.Text("kind"), one.Flag("namespaced")),
            one.Texts("verbs"),
            [.. all.Select(sub => sub.Text("name").Split('/')).Where(parts => parts is [var of, _] && of == one.Text("name")).Select(parts => parts[1])],
            one.Texts("shortNames")));
    }
}
