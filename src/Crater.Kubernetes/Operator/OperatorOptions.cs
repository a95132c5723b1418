using System.Security.Cryptography;
using Crater.Kubernetes.Drivers;

namespace Crater.Kubernetes.Operator;

/// <summary>How an operator is set up.</summary>
public sealed record OperatorOptions
{
    /// <summary>The namespaces whose objects it looks after; empty for all.</summary>
    public IReadOnlyList<string> Namespaces { get; init; } = [];

    /// <summary>Where its Lease is, and from where experiments may hit other namespaces.</summary>
    public string Home { get; init; } = CraterKinds.HomeSpace;

    /// <summary>Who it is, among the processes that stand by for each other: a pod's name. Two processes that live at one time must not have the same.</summary>
    public required string Identity { get; init; }

    /// <value>Runs at once; what is beyond waits. Default 1,500. At least 1.</value>
    public int RunsMax { get; init; } = 1500;

    /// <value>Objects looked at at once. Default 32. At least 1.</value>
    public int Workers { get; init; } = 32;

    /// <summary>Executes ChaosMeta's Experiments, too; their kind has to be there then. Default: false.</summary>
    public bool ChaosMeta { get; init; }

    public ElectionTimes Times { get; init; } = new();

    /// <summary>Lines for the operator's log.</summary>
    public Action<string> Log { get; init; } = _ => { };

    /// <summary>Tells two processes of one name apart: the second one has taken over, and the first must notice. By chance.</summary>
    public string Incarnation { get; } = RandomNumberGenerator.GetHexString(16, lowercase: true);

    /// <summary>The Lease that vouches for what this process holds while it leads.</summary>
    public Voucher Voucher => new(Home, LeaseName, Incarnation);

    /// <summary>One name for all processes that stand by for each other; experiments say by it who runs them.</summary>
    public string Installation => $"{Home}/{LeaseName}";

    public const string LeaseName = "crater-operator";
}

/// <summary>The times of leader election, as Kubernetes' own controllers have them.</summary>
public sealed record ElectionTimes
{
    /// <summary>A holder that was not heard of for so long is gone. Default 15 s.</summary>
    public TimeSpan Lease { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>A holder that could not renew for so long stops by itself, well before another may begin. Default 10 s.</summary>
    public TimeSpan RenewWithin { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Between two tries. Default 2 s.</summary>
    public TimeSpan TryEvery { get; init; } = TimeSpan.FromSeconds(2);
}
