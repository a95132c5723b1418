namespace Crater.Load;

/// <summary>Why a request counts as an error. A 4xx is an answer, not an error: the service said what it meant to say.</summary>
public enum ErrorKind
{
    /// <summary>Nobody listens at the address.</summary>
    Refused,

    /// <summary>The connection ended before the answer was complete.</summary>
    Reset,

    /// <summary>No complete answer within the plan's timeout.</summary>
    Timeout,

    /// <summary>An answer with status 500 to 599.</summary>
    ServerError,

    /// <summary>No route, or a name that does not resolve.</summary>
    Unreachable,

    /// <summary>An answer that is not HTTP, or a TLS failure.</summary>
    Invalid,

    /// <summary>Not sent: as many requests as the plan allows were waiting already. Users would have been turned away.</summary>
    Unsent,
}

/// <summary>Errors counted by kind.</summary>
public sealed record ErrorCounts
{
    /// <summary>Every kind, in the order of the counts.</summary>
    public static IReadOnlyList<ErrorKind> Kinds { get; } = Enum.GetValues<ErrorKind>();

    private readonly long[] _counts = new long[Kinds.Count];

    public long this[ErrorKind kind] => _counts[(int)kind];

    public long Total => _counts.Sum();

    /// <summary>The kinds that occurred, most frequent first.</summary>
    public IReadOnlyList<(ErrorKind Kind, long Count)> Occurred =>
        [.. Kinds.Select(kind => (kind, this[kind])).Where(pair => pair.Item2 > 0).OrderByDescending(pair => pair.Item2)];

    internal void Add(ErrorKind kind) => _counts[(int)kind]++;

    internal void Add(ErrorCounts other)
    {
        for (var index = 0; index < _counts.Length; index++)
        {
            _counts[index] += other._counts[index];
        }
    }

    public override string ToString() => string.Join(", ", Occurred.Select(pair => $"{pair.Count} {Word(pair.Kind)}"));

    /// <summary>The word of the kind in files and reports: lower case, words joined by a hyphen.</summary>
    public static string Word(ErrorKind kind) => kind switch { ErrorKind.ServerError => "5xx", _ => kind.ToString().ToLowerInvariant() };
}
