using Crater.Diagnostics;
using Crater.Kubernetes.Client;

namespace Crater.Kubernetes.Drivers.Engines;

/// <summary>Whether a cluster serves the kinds of an engine, in the version that its driver speaks.</summary>
internal sealed class EngineKinds(KubernetesClient client, string driver, string title, TimeProvider clock) : IDisposable
{
    private readonly ApiCatalogue _catalogue = new(client, clock);

    public ApiCatalogue Catalogue => _catalogue;

    public void Dispose() => _catalogue.Dispose();

    public async Task<bool> IsServedAsync(Resource resource, CancellationToken abort) => await _catalogue.FindAsync(resource.Group, resource.Version, resource.Plural, abort) is not null;

    /// <exception cref="CraterException">CRT8204: the engine is not there, or speaks another version.</exception>
    public async Task NeedAsync(Resource resource, CancellationToken abort)
    {
        if (await AbsenceAsync(resource, abort) is { Length: > 0 } absence)
        {
            throw new CraterException("CRT8204", absence);
        }
    }

    /// <returns>What is not there and what to do; empty when it is.</returns>
    public async Task<string> AbsenceAsync(Resource resource, CancellationToken abort)
    {
        if (await IsServedAsync(resource, abort))
        {
            return "";
        }

        var versions = await _catalogue.VersionsAsync(resource.Group, abort);
        return versions.Count == 0
            ? $"The driver '{driver}' needs {resource.QualifiedName}, and this cluster (context '{client.Context}') has no CRD of that name. Install {title}, or choose another driver."
            : $"The driver '{driver}' speaks {resource.QualifiedName} in {resource.Version}; this cluster (context '{client.Context}') serves {resource.Group} in {string.Join(", ", versions)}. Install a release of {title} that serves {resource.Version}.";
    }
}
