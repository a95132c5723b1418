using System.CommandLine;
using System.Text.Json.Nodes;
using Crater.Diagnostics;
using Crater.Experiments;

namespace Crater.Cli.Composition;

/// <summary>How verbs read experiment documents.</summary>
internal static class DocumentOptions
{
    public static Option<string[]> Variables() => new("--var")
    {
        Description = "Override a configuration key: --var key=value (text), --var key:int=3, :float, :bool, :json.",
        Arity = ArgumentArity.ZeroOrMore,
    };

    public static ExperimentReading Read(string given, string[]? variables, string? space, Surroundings surroundings) =>
        ExperimentReader.ReadFile(surroundings.Path(given), new ReadOptions
        {
            Variables = Parse(variables),
            Environment = surroundings.Environment,
            DefaultNamespace = space ?? "",
        });

    /// <summary>The variables by key; the last one of a key counts.</summary>
    public static IReadOnlyDictionary<string, JsonNode?> Parse(string[]? variables) =>
        (variables ?? []).Select(Variable).GroupBy(pair => pair.Key).ToDictionary(pairs => pairs.Key, pairs => pairs.Last().Value);

    private static KeyValuePair<string, JsonNode?> Variable(string given)
    {
        var equals = given.IndexOf('=', StringComparison.Ordinal);
        var (head, value) = equals > 0 ? (given[..equals], given[(equals + 1)..]) : throw Malformed(given);
        var (key, type) = head.Split(':', 2) is [var name, var kind] ? (name, kind) : (head, "str");
        try
        {
            return new KeyValuePair<string, JsonNode?>(key, type switch
            {
                "str" => JsonValue.Create(value),
                "int" => JsonValue.Create(long.Parse(value, System.Globalization.CultureInfo.InvariantCulture)),
                "float" => JsonValue.Create(double.Parse(value, System.Globalization.CultureInfo.InvariantCulture)),
                "bool" => JsonValue.Create(value is "1" or "true" or "yes" ? true : value is "0" or "false" or "no" ? false : throw Malformed(given)),
                "json" => JsonNode.Parse(value),
                _ => throw Malformed(given),
            });
        }
        catch (Exception error) when (error is FormatException or OverflowException or System.Text.Json.JsonException)
        {
            throw Malformed(given);
        }
    }

    private static CraterException Malformed(string given) =>
        new("CRT1206", $"'--var {given}' was not understood; write --var key=value, or key:int=3, key:float=0.5, key:bool=true, key:json=[1,2].");
}
