using System.Security.Cryptography;

namespace Crater.Lab.Api;

/// <summary>How the lab's API server listens. It always listens on loopback, and always asks for the token.</summary>
public sealed record ApiServerOptions
{
    /// <summary>TCP port on 127.0.0.1; 0 (the default) takes a free one.</summary>
    public int Port { get; init; }

    /// <summary>The bearer token that every request must carry; by default 256 random bits.</summary>
    public string Token { get; init; } = RandomNumberGenerator.GetHexString(64, lowercase: true);

    /// <summary>The name of the cluster, user and context in the kubeconfig.</summary>
    public string ClusterName { get; init; } = "crater-lab";
}
