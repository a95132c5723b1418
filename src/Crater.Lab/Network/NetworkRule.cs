using System.Collections.Immutable;
using Crater.Targets;

namespace Crater.Lab.Network;

/// <summary>Seen from the pod that a rule belongs to: what comes to it, what leaves it, or both.</summary>
internal enum TrafficDirection { Both, In, Out }

/// <summary>What a rule does to bytes on their way between two pods.</summary>
internal abstract record NetworkEffect
{
    private NetworkEffect()
    {
    }

    public sealed record Delay(TimeSpan Time, TimeSpan Jitter) : NetworkEffect;

    /// <param name="Share">The share of segments, and of connection attempts, that is lost and sent again after TCP's own waits.</param>
    public sealed record Loss(Ratio Share) : NetworkEffect;

    /// <param name="Bucket">All connections of the pod in one direction share it.</param>
    public sealed record Bandwidth(TokenBucket In, TokenBucket Out) : NetworkEffect;

    public sealed record Partition : NetworkEffect;
}

/// <summary>One network fault on one pod.</summary>
/// <param name="Id">The injection that it belongs to.</param>
/// <param name="Peers">The pods of the same namespace on the other side that it is about; null means everyone, the outside included.</param>
internal sealed record NetworkRule(string Id, string PodUid, NetworkEffect Effect, TrafficDirection Direction, LabelSelector? Peers)
{
    /// <summary>Whether it acts on bytes from <paramref name="sender"/> to <paramref name="receiver"/>.</summary>
    public bool ActsOn(Peer sender, Peer receiver) =>
        (receiver.Uid == PodUid && Direction != TrafficDirection.Out && IsPeer(receiver, sender))
        || (sender.Uid == PodUid && Direction != TrafficDirection.In && IsPeer(sender, receiver));

    private bool IsPeer(Peer pod, Peer other) =>
        Peers is null || (other.Uid.Length > 0 && other.Namespace == pod.Namespace && Peers.Matches(other.Labels));
}

/// <summary>What an HTTP rule does to a request.</summary>
internal abstract record HttpEffect
{
    private HttpEffect()
    {
    }

    public sealed record Delay(TimeSpan Time) : HttpEffect;

    public sealed record Abort : HttpEffect;

    public sealed record Status(int Code) : HttpEffect;
}

/// <summary>One HTTP fault on requests to one pod.</summary>
/// <param name="Path">Glob over the path without its query: <c>*</c> is any text, also with slashes.</param>
/// <param name="Method">A method, or <c>*</c>.</param>
/// <param name="Share">The share of the matching requests.</param>
internal sealed record HttpRule(string Id, string PodUid, HttpEffect Effect, string Path, string Method, Ratio Share)
{
    public bool Matches(string method, string path) =>
        (Method is "*" or "" || string.Equals(Method, method, StringComparison.OrdinalIgnoreCase))
        && (Path is "*" or "" || System.IO.Enumeration.FileSystemName.MatchesSimpleExpression(Path, path.Split('?', 2)[0], ignoreCase: false));
}

/// <summary>Everything that acts on one edge now.</summary>
/// <param name="Forward">Rules on bytes from the source (who connected) to the target.</param>
/// <param name="Backward">Rules on bytes from the target to the source.</param>
internal sealed record EdgeRules(ImmutableArray<NetworkRule> Forward, ImmutableArray<NetworkRule> Backward, ImmutableArray<HttpRule> Http)
{
    public static readonly EdgeRules None = new([], [], []);

    public bool HasNetwork => Forward.Length + Backward.Length > 0;
}
