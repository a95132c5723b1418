namespace Crater.Targets;

/// <summary>The rule that finds targets. All given parts must match.</summary>
public sealed record TargetSelector
{
    public TargetKind Kind { get; init; } = TargetKind.Pod;

    /// <summary>Empty means the namespace of the command line or kubeconfig.</summary>
    public string Namespace { get; init; } = "";

    /// <summary>A Kubernetes label selector: <c>app=carts,tier in (data, queue),!canary</c>. Empty matches all.</summary>
    public string Labels { get; init; } = "";

    /// <summary>One exact name; empty matches all.</summary>
    public string Name { get; init; } = "";

    /// <summary>A label selector over the hosts of stack.yaml, where each has the label <c>host</c> with its name beside its own; null for a target in a cluster, empty for every host.</summary>
    public string? Hosts { get; init; }

    /// <summary>The program whose processes on those hosts are meant, by the name that the inventory gives it; empty for the hosts themselves.</summary>
    public string Process { get; init; } = "";

    /// <summary>The containers on those hosts that go by this: the name that the inventory gives them, an id, or at least six digits that an id begins with; empty for no container.</summary>
    public string Container { get; init; } = "";

    /// <value>How many of the matches are hit. Range: 1 to the blast radius. Default: 1. Ignored when <see cref="Share"/> is given.</value>
    public int Count { get; init; } = 1;

    /// <value>The share of the matches that is hit, rounded down but at least one. No default.</value>
    public Ratio? Share { get; init; }

    public override string ToString() => string.Join(' ', Parts());

    private IEnumerable<string> Parts()
    {
        yield return TargetId.Text(Kind);
        if (Namespace.Length > 0)
        {
            yield return $"namespace={Namespace}";
        }

        if (Hosts is { } hosts)
        {
            yield return $"hosts={(hosts.Length > 0 ? hosts : "*")}";
        }

        if (Process.Length > 0)
        {
            yield return $"process={Process}";
        }

        if (Container.Length > 0)
        {
            yield return $"container={Container}";
        }

        if (Name.Length > 0)
        {
            yield return $"name={Name}";
        }

        if (Labels.Length > 0)
        {
            yield return $"labels={Labels}";
        }

        yield return Share is { } share ? $"share={share}" : $"count={Count}";
    }
}
