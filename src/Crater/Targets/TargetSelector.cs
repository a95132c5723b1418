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
