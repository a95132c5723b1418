namespace Crater.Kubernetes.Client;

/// <summary>How much a client asks of a cluster at most.</summary>
public sealed record ClientOptions
{
    /// <value>Unit: requests a second, over a longer time. Default 50, as kubectl's. Above 0.</value>
    public double RequestsPerSecond { get; init; } = 50;

    /// <value>Requests at once after a pause. Default 300, as kubectl's. At least 1.</value>
    public int Burst { get; init; } = 300;

    /// <value>Unit: bytes. The largest answer that is read. Default 64 MiB: a page of 500 objects of 100 KiB, more than etcd's limit allows on average.</value>
    public int AnswerMax { get; init; } = 64 * 1024 * 1024;

    /// <summary>What is known of the way of signing in, for messages. Holds no secrets.</summary>
    internal SignInFacts SignIn { get; init; } = SignInFacts.None;
}

/// <summary>What a message may say about a way of signing in.</summary>
/// <param name="CertificateEnds">When the client certificate in use expires; null without one.</param>
internal sealed record SignInFacts(Func<DateTimeOffset?> CertificateEnds)
{
    public static readonly SignInFacts None = new(() => null);
}
