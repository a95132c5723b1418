using System.Collections.Concurrent;

namespace Crater.Lab.Network;

/// <summary>What the two directions of one connection must know of each other.</summary>
internal sealed class Conversation
{
    private volatile bool _isTunnel;

    /// <summary>Requests that the pod has not answered in full yet, in their order, each with the moment at which its head came.</summary>
    public ConcurrentQueue<(string Method, long At)> Pending { get; } = new();

    /// <summary>The pod has agreed to another protocol (101, or CONNECT): from here on nobody looks for requests.</summary>
    public bool IsTunnel => _isTunnel;

    public void BecomeTunnel() => _isTunnel = true;
}
