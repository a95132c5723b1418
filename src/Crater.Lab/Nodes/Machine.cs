using Crater.Lab.Spawning;
using Crater.Lab.Store;

namespace Crater.Lab.Nodes;

/// <summary>What every pod needs from the machine it runs on.</summary>
internal sealed record Machine
{
    public required ResourceStore Store { get; init; }

    public required Spawner Spawner { get; init; }

    public required LogPump Logs { get; init; }

    public required ImageMap Images { get; init; }

    public required TimeProvider Clock { get; init; }

    /// <summary>The folder that holds one folder for each pod.</summary>
    public required string Folder { get; init; }

    public required TimeSpan BackOffBase { get; init; }

    public required IPodAddresses Addresses { get; init; }

    /// <summary>Marks every process of this lab in its environment, so that a later start can find what was left.</summary>
    public required string LabId { get; init; }

    public required PodEvents Events { get; init; }

    /// <summary>Control groups of the pods; null where the lab makes none.</summary>
    public PodGroups? Groups { get; init; }
}

/// <summary>Where pods are reached, and where they reach services.</summary>
internal interface IPodAddresses
{
    /// <summary>An address that no other pod has.</summary>
    string Take();

    void GiveBack(string address);

    /// <summary>Opens the listeners of one pod towards each service of its namespace.</summary>
    /// <returns>Environment variables: <c>CARTS_SERVICE_HOST</c>, <c>CARTS_SERVICE_PORT</c>, <c>CARTS_SERVICE_PORT_HTTP</c>.</returns>
    IReadOnlyDictionary<string, string> OpenEdges(PodPeer pod);

    void CloseEdges(string uid);

    /// <summary>The address of a node as its pods see it (hostIP).</summary>
    string OfNode(string node);
}

/// <summary>One pod as the network knows it.</summary>
/// <param name="Component">The workload it belongs to, e.g. <c>deployment/shop/carts</c>.</param>
internal sealed record PodPeer(string Namespace, string Name, string Uid, string Address, string Component, IReadOnlyDictionary<string, string> Labels);
