namespace Crater.Discovery;

/// <summary>A place whose components can be discovered. Looking is harmless.</summary>
public interface ITopologySource
{
    /// <summary>For people: the kubeconfig context or another name of the place.</summary>
    string Name { get; }

    /// <exception cref="Diagnostics.CraterException">CRT5xxx: it could not be asked at all.</exception>
    Task<Topology> DiscoverAsync(CancellationToken abort);
}
