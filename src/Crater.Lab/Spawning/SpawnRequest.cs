namespace Crater.Lab.Spawning;

/// <summary>One program to start in a session of its own.</summary>
internal sealed record SpawnRequest
{
    /// <summary>Absolute path of the program.</summary>
    public required string Program { get; init; }

    /// <summary>The argument vector after the program's name.</summary>
    public required IReadOnlyList<string> Arguments { get; init; }

    /// <summary>The whole environment; nothing is inherited.</summary>
    public required IReadOnlyDictionary<string, string> Environment { get; init; }

    public required string WorkingFolder { get; init; }

    public SpawnStreams Streams { get; init; } = SpawnStreams.Log;
}

/// <summary>How a process ended.</summary>
/// <param name="Code">Its exit code, or 128 + the signal that ended it, as shells and container runtimes count.</param>
/// <param name="Signal">0 when it ended by itself.</param>
internal readonly record struct ProcessExit(int Code, int Signal);

/// <summary>A process that the spawner started.</summary>
/// <param name="Id">Which process: pid and start time.</param>
/// <param name="Output">The reading end of the pipe that is its stdout and stderr, non-blocking; the receiver closes it.</param>
/// <param name="Exited">Ends when the process has ended and was reaped.</param>
internal sealed record SpawnedProcess(ProcessId Id, int Output, Task<ProcessExit> Exited)
{
    /// <summary>The writing end of its stdin, which the receiver closes; -1 where there is none.</summary>
    public int Input { get; init; } = -1;

    /// <summary>The reading end of a pipe that is its stderr alone; -1 where there is none.</summary>
    public int Errors { get; init; } = -1;
}
