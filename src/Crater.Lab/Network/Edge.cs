namespace Crater.Lab.Network;

/// <summary>The way from one peer to one pod, with what acts on it and what was seen on it.</summary>
internal sealed class Edge(Peer source, Peer target, EdgeCount count)
{
    private volatile EdgeRules _rules = EdgeRules.None;

    public Peer Source => source;

    public Peer Target => target;

    public EdgeCount Count => count;

    /// <summary>Replaced as a whole when a rule comes or goes.</summary>
    public EdgeRules Rules
    {
        get => _rules;
        set => _rules = value;
    }
}
