using System.Security.Cryptography;
using System.Text;
using Crater.Drivers;

namespace Crater.Kubernetes.Agents;

/// <summary>What is called how. Names of nodes are as long as names may be, so that what belongs to a node has its hash in its name, and its name in an annotation.</summary>
internal static class AgentNames
{
    /// <summary>The label of every agent pod and of its Secret.</summary>
    public const string AgentLabel = "crater.dev/agent";

    /// <summary>The label of every record that a run may have faults on a node.</summary>
    public const string UseLabel = "crater.dev/agent-use";

    public const string NodeKey = "crater.dev/node";

    public const string NeedsKey = "crater.dev/needs";

    /// <summary>Ids of the injections that craterd was or will be asked for, with commas.</summary>
    public const string InjectionsKey = "crater.dev/injections";

    /// <summary>When it was last taken into use, so that who wants to remove it sees that somebody else came.</summary>
    public const string UsedKey = "crater.dev/used";

    /// <summary>The agents' DaemonSet, and the Secret with the token of all its pods.</summary>
    public const string OfDaemonSet = "crater-agent";

    public static string OfNode(string node) => $"crater-agent-{Hash(node)}";

    public static string OfUse(RunId run, string node) => $"crater-agent-use-{run}-{Hash(node)}";

    private static string Hash(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)))[..10];
}
