namespace Crater.Cli.Chaos.Syntax;

/// <summary>The command line is not the tool's: said with its usage on standard error, and exit code 2.</summary>
/// <param name="syntax">The command that was misused; null says the error alone.</param>
internal sealed class Misuse(ChaosSyntax? syntax, string message) : Exception(message)
{
    public const int ExitCode = 2;

    public string Text => syntax is null
        ? $"Error: {Message}"
        : $"{syntax.Usage}\nTry '{syntax.Path} --help' for help.\n\nError: {Message}";
}

/// <summary>The command line asked for a text, and here it is.</summary>
internal sealed class Shown(string text) : Exception
{
    public string Text { get; } = text;
}
