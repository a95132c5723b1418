using System.Text;
using Crater.Cli.Terminal;

namespace Crater.Cli;

/// <summary>Everything that a verb takes from the process it runs in, so that a test can be one as well.</summary>
internal sealed record Surroundings
{
    /// <summary>Standard input; opened when first asked for, which most verbs never do.</summary>
    public Func<TextReader> In { get; init; } = () => TextReader.Null;

    public required TextWriter Out { get; init; }

    public required TextWriter Error { get; init; }

    /// <summary>Whether a person watches standard output: live tables and colours then, plain lines otherwise.</summary>
    public required bool IsTerminal { get; init; }

    /// <summary>Whether a person watches standard error.</summary>
    public bool IsErrorTerminal { get; init; }

    public required string WorkingDirectory { get; init; }

    public required IReadOnlyDictionary<string, string> Environment { get; init; }

    public required TimeProvider Clock { get; init; }

    public static Surroundings OfThisProcess() => new()
    {
        In = () => Console.In,
        Out = new TerminalWriter(OperatingSystem.IsWindows() ? Console.Out : Plain(Console.OpenStandardOutput())),
        Error = new TerminalWriter(OperatingSystem.IsWindows() ? Console.Error : Plain(Console.OpenStandardError())),
        IsTerminal = !Console.IsOutputRedirected && System.Environment.GetEnvironmentVariable("TERM") is not "dumb",
        IsErrorTerminal = !Console.IsErrorRedirected && System.Environment.GetEnvironmentVariable("TERM") is not "dumb",
        WorkingDirectory = Directory.GetCurrentDirectory(),
        Environment = System.Environment.GetEnvironmentVariables().Cast<System.Collections.DictionaryEntry>()
            .ToDictionary(entry => (string)entry.Key, entry => (string?)entry.Value ?? "", StringComparer.Ordinal),
        Clock = TimeProvider.System,
    };

    // UTF-8 without asking the terminal's settings what it reads: they are looked up, parsed and mostly say the same, at every start.
    private static TextWriter Plain(Stream stream) => TextWriter.Synchronized(new StreamWriter(stream, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false), bufferSize: 1024) { AutoFlush = true });

    /// <summary>A path as the user gave it, seen from the working directory.</summary>
    public string Path(string given) => System.IO.Path.GetFullPath(given, WorkingDirectory);
}
