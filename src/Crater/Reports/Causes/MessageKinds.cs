using System.Text.RegularExpressions;

namespace Crater.Reports.Causes;

/// <summary>What a message of others is about. Only one of these goes on, never the message.</summary>
public enum MessageKind
{
    None, Unclear, Timeout, ConnectionRefused, ConnectionReset, NameNotFound, ServerError, ClientError, OutOfMemory, DiskFull, NotReady, Forbidden, NoData, OutOfRange,
}

/// <summary>Tells the kind of a message by the words that every system uses.</summary>
public static partial class MessageKinds
{
    /// <summary><see cref="MessageKind.None"/> for an empty text, <see cref="MessageKind.Unclear"/> for one that no pattern knows.</summary>
    public static MessageKind Of(string message) => message.Length == 0 ? MessageKind.None
        : OutOfMemory().IsMatch(message) ? MessageKind.OutOfMemory
        : DiskFull().IsMatch(message) ? MessageKind.DiskFull
        : Name().IsMatch(message) ? MessageKind.NameNotFound
        : Refused().IsMatch(message) ? MessageKind.ConnectionRefused
        : Reset().IsMatch(message) ? MessageKind.ConnectionReset
        : Late().IsMatch(message) ? MessageKind.Timeout
        : Forbidden().IsMatch(message) ? MessageKind.Forbidden
        : ServerError().IsMatch(message) ? MessageKind.ServerError
        : ClientError().IsMatch(message) ? MessageKind.ClientError
        : NotReady().IsMatch(message) ? MessageKind.NotReady
        : NoData().IsMatch(message) ? MessageKind.NoData
        : Number().IsMatch(message) ? MessageKind.OutOfRange
        : MessageKind.Unclear;

    /// <summary>As it is told: <c>connection refused</c>.</summary>
    public static string Text(this MessageKind kind) => Capital().Replace(kind.ToString(), match => (match.Index > 0 ? " " : "") + match.Value.ToLowerInvariant());

    [GeneratedRegex(@"\b(?:OOM|out of memory|OutOfMemory|cannot allocate)", RegexOptions.IgnoreCase)]
    private static partial Regex OutOfMemory();

    [GeneratedRegex(@"no space left|disk full|ENOSPC", RegexOptions.IgnoreCase)]
    private static partial Regex DiskFull();

    [GeneratedRegex(@"NXDOMAIN|name or service not known|no such host|name resolution|could not resolve|getaddrinfo", RegexOptions.IgnoreCase)]
    private static partial Regex Name();

    [GeneratedRegex(@"connection refused|ECONNREFUSED|actively refused", RegexOptions.IgnoreCase)]
    private static partial Regex Refused();

    [GeneratedRegex(@"connection reset|ECONNRESET|broken pipe|closed prematurely|unexpected EOF|forcibly closed|response ended", RegexOptions.IgnoreCase)]
    private static partial Regex Reset();

    [GeneratedRegex(@"time[d -]?\s?out|deadline exceeded|not answered within|did not answer within", RegexOptions.IgnoreCase)]
    private static partial Regex Late();

    [GeneratedRegex(@"\b40[13]\b|forbidden|unauthori[sz]ed|permission denied|EACCES", RegexOptions.IgnoreCase)]
    private static partial Regex Forbidden();

    [GeneratedRegex(@"^\D{0,40}\b5\d\d\b")]
    private static partial Regex ServerError();

    [GeneratedRegex(@"^\D{0,40}\b4\d\d\b")]
    private static partial Regex ClientError();

    [GeneratedRegex(@"\b0 of \d+|not ready|0/\d+|unavailable", RegexOptions.IgnoreCase)]
    private static partial Regex NotReady();

    [GeneratedRegex(@"no data|nothing was measured|no value|stale|\bNaN\b", RegexOptions.IgnoreCase)]
    private static partial Regex NoData();

    [GeneratedRegex(@"^[-\d.,\s%]+\z")]
    private static partial Regex Number();

    [GeneratedRegex("[A-Z]")]
    private static partial Regex Capital();
}
