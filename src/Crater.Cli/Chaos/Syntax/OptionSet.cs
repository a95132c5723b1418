using Crater.Diagnostics;

namespace Crater.Cli.Chaos.Syntax;

/// <summary>The options of a command together with those that every command has.</summary>
internal static class OptionSet
{
    private static readonly ChaosOption Help = new("--help", ValueKind.Flag, "Show this message and exit.");
    private static readonly ChaosOption Version = new("--version", ValueKind.Flag, "Show the version and exit.");

    public static IEnumerable<ChaosOption> Of(ChaosSyntax syntax) =>
        syntax.HasVersion ? [Version, .. syntax.Options, Help] : [.. syntax.Options, Help];

    /// <summary>What is said of an option that there is not, with those that may have been meant.</summary>
    public static string Unknown(ChaosSyntax syntax, string name)
    {
        var near = Of(syntax).Select(option => option.Name).Where(known => known.StartsWith(name, StringComparison.Ordinal) || Spelling.Nearest(name, [known]).Count > 0)
            .Order(StringComparer.Ordinal).ToArray();
        return $"No such option: {name}" + near.Length switch
        {
            0 => "",
            1 => $" Did you mean {near[0]}?",
            _ => $" (Possible options: {string.Join(", ", near)})",
        };
    }
}
