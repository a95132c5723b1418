namespace Crater.Runs.Activities.Processes;

/// <summary>What is started: a program by its full path, its arguments as a vector, and the whole environment it gets.</summary>
internal sealed record Command(string Program, IReadOnlyList<string> Arguments, EnvironmentBlock Environment)
{
    /// <summary>The program as the document names it, for messages.</summary>
    public string Name { get; init; } = Program;
}

/// <summary>How a program that was started is followed. Safe to use from several threads.</summary>
internal interface IChild : IDisposable
{
    /// <summary>
    /// The exit code, when the program is over and everything it had written until then is read; negative for the signal that ended it. Null when the
    /// system no longer knows it.
    /// </summary>
    Task<int?> Ended { get; }

    /// <summary>Both outputs are at their ends: nobody who was given them lives any longer.</summary>
    Task Closed { get; }

    string StandardOutput { get; }

    string StandardError { get; }

    /// <summary>Ends the program and everything that it started.</summary>
    /// <returns>How many of them could not be ended, because they belong to somebody else.</returns>
    int EndAll();
}

/// <summary>The program could not be started.</summary>
/// <param name="error">The system's own number; 0 when there is none.</param>
internal sealed class NotStartedException(int error, string message) : IOException(message)
{
    /// <summary>E2BIG: the arguments and the environment together are longer than the system takes.</summary>
    public const int TooLong = 7;

    public int Error { get; } = error;
}
