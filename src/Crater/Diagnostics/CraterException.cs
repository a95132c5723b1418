namespace Crater.Diagnostics;

/// <summary>An ending that a caller cannot work around: says what was asked, what was found and what to do next.</summary>
public class CraterException(string code, string message, Exception? inner = null) : Exception(message, inner)
{
    /// <summary>Stable across releases and listed in docs/errors.md, e.g. <c>CRT3007</c>.</summary>
    public string Code { get; } = code;

    /// <summary>Every problem at once, where there is more than the one in the message.</summary>
    public IReadOnlyList<Problem> Problems { get; init; } = [];

    /// <summary>One exception for a list of problems; its code and message are the first one's.</summary>
    public static CraterException For(string what, IReadOnlyList<Problem> problems) =>
        new(problems[0].Code, $"{what} has {problems.Count} problem{(problems.Count == 1 ? "" : "s")}.") { Problems = problems };
}
