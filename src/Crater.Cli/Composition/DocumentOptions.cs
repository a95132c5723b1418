using System.CommandLine;
using System.Text.Json.Nodes;
using Crater.Experiments;

namespace Crater.Cli.Composition;

/// <summary>How craterctl's verbs read experiment documents: from where, and with which values put in.</summary>
internal sealed class DocumentOptions
{
    private readonly Option<string[]> _variables = new("--var")
    {
        Description = "Override a configuration key: --var key=value (text), --var key:int=3, :float, :bool, :json.",
        Arity = ArgumentArity.ZeroOrMore,
    };

    private readonly Option<string[]> _varFiles = new("--var-file")
    {
        Description = "File of configuration and secrets (.json, .yaml), or of environment variables (any other name). Repeatable; the last one wins.",
        Arity = ArgumentArity.ZeroOrMore,
    };

    private readonly Option<bool> _noVerifyTls = new("--no-verify-tls") { Description = "Take a document from a server whose certificate proves nothing." };

    private readonly Option<string[]> _controlFiles = new("--control-file")
    {
        Description = "File of controls that are called around this run beside the document's own. Repeatable.",
        Arity = ArgumentArity.ZeroOrMore,
    };

    public void AddTo(Command command)
    {
        command.Add(_variables);
        command.Add(_varFiles);
        command.Add(_controlFiles);
        command.Add(_noVerifyTls);
    }

    /// <summary>As <c>--var</c> gave them.</summary>
    public string[]? Given(ParseResult parsed) => parsed.GetValue(_variables);

    public DocumentWishes Wishes(ParseResult parsed, string source, string? space) => new()
    {
        Source = source,
        Variables = Parse(Given(parsed)),
        VarFiles = parsed.GetValue(_varFiles) ?? [],
        ControlFiles = parsed.GetValue(_controlFiles) ?? [],
        VerifyTls = !parsed.GetValue(_noVerifyTls),
        Namespace = space ?? "",
    };

    /// <summary>The variables by key; the last one of a key counts.</summary>
    public static IReadOnlyDictionary<string, JsonNode?> Parse(string[]? variables) =>
        (variables ?? []).Select(VariableTypes.ParseOption).GroupBy(pair => pair.Key).ToDictionary(pairs => pairs.Key, pairs => pairs.Last().Value);
}
