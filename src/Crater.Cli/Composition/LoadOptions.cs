using System.CommandLine;
using System.Text.Json.Nodes;
using Crater.Experiments;

namespace Crater.Cli.Composition;

/// <summary>The traffic that a run brings along: <c>--load FILE</c>, or <c>--load URL</c> with <c>--rate</c>.</summary>
internal sealed class LoadOptions
{
    public Option<string?> Load { get; } = new("--load") { Description = "Traffic beside the run: a file with rate and scenarios, or one URL." };

    public Option<double?> Rate { get; } = new("--rate") { Description = "Requests per second (default: the file's, or 20)." };

    public void AddTo(Command command)
    {
        command.Add(Load);
        command.Add(Rate);
    }

    /// <param name="configuration">The experiment's; together with <c>--var</c> it is what <c>${name}</c> in a load file stands for.</param>
    public LoadRequest? Read(ParseResult parsed, IReadOnlyDictionary<string, JsonNode?> configuration, string[]? given, Surroundings surroundings)
    {
        var rate = parsed.GetValue(Rate);
        if (parsed.GetValue(Load) is not { } place)
        {
            return null;
        }

        if (Uri.TryCreate(place, UriKind.Absolute, out var url) && url.Scheme is "http" or "https")
        {
            return new LoadRequest(rate ?? 20, [new LoadScenario("all", 1, "GET", place)]);
        }

        var variables = new Dictionary<string, JsonNode?>(configuration);
        foreach (var (key, value) in DocumentOptions.Parse(given))
        {
            variables[key] = value;
        }

        var read = LoadDocument.ReadFile(surroundings.Path(place), new ReadOptions { Variables = variables, Environment = surroundings.Environment });
        return rate is { } wanted ? read with { Rate = wanted } : read;
    }
}
