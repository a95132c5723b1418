using System.Collections;
using Crater.Experiments;

namespace Crater.Runs.Activities.Python;

/// <summary>Which interpreter is used, and how long it may take.</summary>
public sealed record PythonOptions
{
    /// <summary>Names an interpreter, by path or by a name on the PATH; wins over a virtual environment and over <c>python3</c>.</summary>
    public const string Variable = "CRATER_PYTHON";

    /// <summary>The environment that the interpreter is looked up in and started with. Null takes this process's own.</summary>
    public IReadOnlyDictionary<string, string>? Environment { get; init; }

    /// <summary>Told what the user's code prints and logs, with secrets masked; null drops it.</summary>
    public Action<PythonLine>? Log { get; init; }

    /// <value>How long the interpreter may take to answer at all. Default: 30 s.</value>
    public TimeSpan StartMax { get; init; } = TimeSpan.FromSeconds(30);

    /// <value>How long a module may take to be imported when a document is checked. Default: 30 s.</value>
    public TimeSpan ImportMax { get; init; } = TimeSpan.FromSeconds(30);

    /// <value>How long a call may take to end after it was interrupted; then the interpreter is killed. Default: 5 s; the bridge's own attempts take 3 s.</value>
    public TimeSpan InterruptMax { get; init; } = TimeSpan.FromSeconds(5);

    /// <value>How long the interpreter may take to end by itself, with its exit handlers. Default: 3 s.</value>
    public TimeSpan EndMax { get; init; } = TimeSpan.FromSeconds(3);

    /// <value>The longest value that a function may give. Unit: bytes of JSON. Default: 16 MiB, as for documents.</value>
    public int ValueMax { get; init; } = 16 * 1024 * 1024;

    /// <summary>The interpreter: what <see cref="Variable"/> names, else that of the virtual environment, else the first on the PATH; null when there is none.</summary>
    public string? Find()
    {
        var environment = Environment ?? System.Environment.GetEnvironmentVariables().Cast<DictionaryEntry>()
            .ToDictionary(entry => (string)entry.Key, entry => (string?)entry.Value ?? "");
        if (environment.GetValueOrDefault(Variable) is { Length: > 0 } named)
        {
            return Programs.Find(named, environment);
        }

        string[] names = environment.GetValueOrDefault("VIRTUAL_ENV") is { Length: > 0 } folder
            ? [Path.Combine(folder, OperatingSystem.IsWindows() ? "Scripts/python.exe" : "bin/python3"), Path.Combine(folder, "bin/python"), "python3", "python"]
            : ["python3", "python"];
        return names.Select(name => Programs.Find(name, environment)).FirstOrDefault(found => found is not null);
    }
}

/// <summary>One line that the user's code printed or logged.</summary>
/// <param name="Level">Python's own: 10 debug, 20 info, 30 warning, 40 error, 50 critical. What was printed is info.</param>
/// <param name="Source">The module and line of a log record, e.g. <c>probes:12</c>; <c>python</c> for what was printed.</param>
public sealed record PythonLine(int Level, string Source, string Text);
