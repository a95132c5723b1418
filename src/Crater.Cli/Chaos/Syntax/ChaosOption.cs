namespace Crater.Cli.Chaos.Syntax;

/// <summary>What the value of an option has to be.</summary>
internal enum ValueKind { Flag, Text, Number, ExistingPath, Choice }

/// <summary>One option of the tool, as its help says it.</summary>
/// <param name="Help">For <c>--help</c>; wrapped there.</param>
internal sealed record ChaosOption(string Name, ValueKind Kind, string Help)
{
    public IReadOnlyList<string> Choices { get; init; } = [];

    /// <summary>It may be given more than once; of any other option the last one counts.</summary>
    public bool IsMany { get; init; }

    /// <summary>How the value is written in the help; by default after its kind.</summary>
    public string Metavar => Kind switch
    {
        ValueKind.Choice => $"[{string.Join('|', Choices)}]",
        ValueKind.Number => "FLOAT",
        ValueKind.ExistingPath => "PATH",
        ValueKind.Text => PathMetavar ? "PATH" : "TEXT",
        _ => "",
    };

    /// <summary>A path that need not exist.</summary>
    public bool PathMetavar { get; init; }

    /// <summary>Why this value will not do, in the tool's words; null when it will. For what no kind can say.</summary>
    public Func<string, string?>? Check { get; init; }
}

/// <summary>A command of the tool, or the tool itself, as its help says it.</summary>
/// <param name="Path">As usage writes it: <c>chaos settings get</c>.</param>
/// <param name="Arguments">Names of the required arguments, in order.</param>
internal sealed record ChaosSyntax(string Path, string Help, IReadOnlyList<ChaosOption> Options, IReadOnlyList<string> Arguments)
{
    /// <summary>Commands below this one, with the first sentence of their help; empty for a command that takes arguments.</summary>
    public IReadOnlyList<ChaosSyntax> Commands { get; init; } = [];

    /// <summary>What the argument may be; empty for anything.</summary>
    public IReadOnlyList<string> ArgumentChoices { get; init; } = [];

    /// <summary><c>--version</c> is one of its options.</summary>
    public bool HasVersion { get; init; }

    public string Name => Path[(Path.LastIndexOf(' ') + 1)..];

    public string Usage => Commands.Count > 0
        ? $"Usage: {Path} [OPTIONS] COMMAND [ARGS]..."
        : $"Usage: {Path} [OPTIONS]{string.Concat(Arguments.Select(argument => $" {argument}"))}";
}
