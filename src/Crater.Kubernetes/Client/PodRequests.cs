namespace Crater.Kubernetes.Client;

/// <summary>Which log, and how much of it.</summary>
public sealed record LogQuery
{
    /// <summary>Empty works for pods with one container.</summary>
    public string Container { get; init; } = "";

    public bool Follow { get; init; }

    /// <summary>Of the container before its last restart.</summary>
    public bool Previous { get; init; }

    /// <summary>Each line begins with its time in RFC 3339.</summary>
    public bool Timestamps { get; init; }

    /// <summary>Only so many lines from the end; null for all.</summary>
    public int? TailLines { get; init; }

    /// <summary>Not older than this, to the second; null for all.</summary>
    public TimeSpan? Since { get; init; }

    internal string Text => string.Join('&', new[]
    {
        Container.Length > 0 ? $"container={Uri.EscapeDataString(Container)}" : "",
        Follow ? "follow=true" : "",
        Previous ? "previous=true" : "",
        Timestamps ? "timestamps=true" : "",
        TailLines is { } lines ? $"tailLines={lines}" : "",
        Since is { } since ? $"sinceSeconds={Math.Max(1, (int)since.TotalSeconds)}" : "",
    }.Where(part => part.Length > 0));
}

/// <summary>What to run in which container.</summary>
public sealed record ExecRequest
{
    /// <summary>Empty works for pods with one container.</summary>
    public string Container { get; init; } = "";

    /// <summary>Program and arguments; no shell stands between.</summary>
    public IReadOnlyList<string> Command { get; init; } = [];

    /// <summary>With a terminal, whose output and errors come as one.</summary>
    public bool IsTerminal { get; init; }

    internal string Query(ExecStreams streams) => string.Join('&',
    [
        .. Command.Select(word => $"command={Uri.EscapeDataString(word)}"),
        .. Container.Length > 0 ? [$"container={Uri.EscapeDataString(Container)}"] : Array.Empty<string>(),
        $"stdin={(streams.Input is null ? "false" : "true")}", "stdout=true", $"stderr={(IsTerminal ? "false" : "true")}", $"tty={(IsTerminal ? "true" : "false")}",
    ]);
}

/// <summary>Where a program's streams come from and go to; they stay the caller's.</summary>
/// <param name="Input">Null for none. Its end is told to the program where the server speaks the protocol v5 (Kubernetes 1.30 and newer).</param>
public sealed record ExecStreams(Stream? Input, Stream Output, Stream Errors);

/// <param name="ExitCode">0 for success.</param>
public sealed record ExecEnd(int ExitCode);
