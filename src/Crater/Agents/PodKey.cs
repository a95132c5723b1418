namespace Crater.Agents;

/// <summary>One pod as craterd finds it on its node: by its uid, and by the id of a container where only that one is meant.</summary>
/// <param name="Container">As the pod's status has it (<c>containerd://ID</c>); empty for the pod at large.</param>
public sealed record PodKey(string Uid, string Container)
{
    public static PodKey Parse(string text) => text.Split(' ', 2) is [var uid, var container] ? new PodKey(uid, container) : new PodKey(text, "");

    public override string ToString() => Container.Length == 0 ? Uid : $"{Uid} {Container}";
}
