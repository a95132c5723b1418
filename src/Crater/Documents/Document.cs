using Crater.Diagnostics;

namespace Crater.Documents;

/// <summary>How a document is written.</summary>
public enum DocumentFormat { Yaml, Json }

/// <summary>What the reader made of a text: the tree as far as it could be read, and everything that is wrong with it.</summary>
/// <param name="Root">Null when there is no tree to go on with.</param>
public sealed record Document(DocumentNode? Root, string Text, DocumentFormat Format, IReadOnlyList<Problem> Problems)
{
    public bool HasErrors => Root is null || Problems.Any(problem => !problem.IsWarning);
}

/// <summary>What a key that stands twice in one map means.</summary>
public enum DuplicateKeys
{
    /// <summary>An error. A document that says two things cannot be followed.</summary>
    Refuse,

    /// <summary>A warning: two maps become one, key by key; of anything else the later one counts.</summary>
    Merge,
}

/// <summary>Limits that keep a hostile or broken document from hanging its reader.</summary>
public sealed record ReadLimits
{
    /// <value>Unit: bytes (characters for a text). Default: 16 MiB.</value>
    public int SizeMax { get; init; } = 16 * 1024 * 1024;

    /// <value>How many nodes a document may have with all aliases written out. Default: 1,000,000.</value>
    public int NodesMax { get; init; } = 1_000_000;

    /// <value>How deep maps and lists may nest. Default: 100.</value>
    public int DepthMax { get; init; } = 100;

    public DuplicateKeys DuplicateKeys { get; init; } = DuplicateKeys.Refuse;

    public static ReadLimits Default { get; } = new();
}

/// <summary>The document cannot be read any further.</summary>
internal sealed class UnreadableException(Problem problem) : Exception(problem.Message)
{
    public Problem Problem { get; } = problem;
}
