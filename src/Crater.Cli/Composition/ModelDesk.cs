using System.CommandLine;
using Crater.Cli.Terminal;
using Crater.Discovery;
using Crater.Models;
using Crater.Models.Prompts;
using Crater.Models.Providers;
using Crater.Targets;

namespace Crater.Cli.Composition;

/// <summary>The options by which a verb asks a model, and the model that comes of them. What was chosen, and why, is said before the first call.</summary>
internal sealed class ModelDesk
{
    public Option<string?> Model { get; } = new("--model")
    {
        Description = "none, auto, openai, gemini, anthropic, azure, ollama or local with :MODEL behind it if you like, or an address such as http://localhost:8000/v1#MODEL (default: CRATER_MODEL or stack.yaml's; else none).",
    };

    public Option<string?> Budget { get; } = new("--budget") { Description = "What a model may use up, such as tokens=20000,calls=5,money=0.10,time=2m." };

    /// <summary>What counts when nobody says anything.</summary>
    /// <value>Default: none.</value>
    public string Otherwise { get; init; } = ProviderChoice.None;

    /// <summary>What may be used up when nobody says anything.</summary>
    public Budget Standing { get; init; } = new();

    /// <summary>What counts as the command line's word where that says nothing; null for none.</summary>
    public string? Preset { get; set; }

    /// <summary>Why the model was chosen, or why none was; once <see cref="Open"/> has been called.</summary>
    public string Reason { get; private set; } = "";

    public void AddTo(Command command)
    {
        command.Add(Model);
        command.Add(Budget);
    }

    /// <summary>The model to ask; null for none.</summary>
    /// <param name="sends">What will be sent, as a sentence for people.</param>
    /// <exception cref="Diagnostics.CraterException">CRT7300 to CRT7304, CRT7317: what was asked for cannot be had as it is.</exception>
    public HttpModel? Open(ParseResult parsed, StackFile? stack, string sends, Surroundings surroundings, Output output)
    {
        var choice = ProviderChoice.Choose(new ModelQuestion
        {
            Asked = parsed.GetValue(Model) ?? Preset,
            Stack = stack?.Models,
            Environment = surroundings.Environment,
            WorkingDirectory = surroundings.WorkingDirectory,
            Otherwise = Otherwise,
        });
        Reason = choice.Reason;
        if (choice.Provider is not { } provider)
        {
            output.Detail($"Model: none; {choice.Reason}.");
            return null;
        }

        var budget = Limits(parsed, stack);
        output.Note($"Model: {provider} ({choice.Reason}).");
        output.Note($"       It may use {budget.Tokens} tokens, {budget.Calls} calls and {Durations.Text(budget.Time)}. {(provider.IsLocal ? "Nothing leaves this machine." : sends)} --model none asks nobody.");
        return new HttpModel(provider, new Spending(budget, choice.Price, surroundings.Clock), surroundings.Clock);
    }

    /// <summary>What may be used up.</summary>
    /// <exception cref="Diagnostics.CraterException">CRT7317: it is not understood.</exception>
    public Budget Limits(ParseResult parsed, StackFile? stack)
    {
        var budget = stack?.Models?.Budget is { Length: > 0 } standing ? Standing.With(standing) : Standing;
        return parsed.GetValue(Budget) is { Length: > 0 } given ? budget.With(given) : budget;
    }

    public static PromptBook Prompts(StackFile? stack, Surroundings surroundings) =>
        new(stack?.Models?.PromptsFolder is { Length: > 0 } folder ? surroundings.Path(folder) : surroundings.Environment.GetValueOrDefault("CRATER_PROMPTS") is { Length: > 0 } given ? surroundings.Path(given) : "");
}
