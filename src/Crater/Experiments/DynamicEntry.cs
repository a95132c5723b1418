namespace Crater.Experiments;

/// <summary>A configuration key whose value a provider gives just before the run. It sees the keys above it, and all secrets.</summary>
/// <param name="Key">The key in <c>configuration</c>.</param>
/// <param name="Probe">Named after the entry's own name, else after the key.</param>
public sealed record DynamicEntry(string Key, Activity Probe)
{
    /// <summary>The keys above it, dynamic ones included.</summary>
    public IReadOnlyList<string> Above { get; init; } = [];
}
