using Crater.Discovery;

namespace Crater.Models.Providers;

/// <summary>All that the choice of a model depends on.</summary>
public sealed record ModelQuestion
{
    /// <summary>What the command line asks for; null when it says nothing.</summary>
    public string? Asked { get; init; }

    /// <summary>stack.yaml's section; null without one.</summary>
    public StackModels? Stack { get; init; }

    public required IReadOnlyDictionary<string, string> Environment { get; init; }

    /// <summary>Where key files are looked for.</summary>
    public required string WorkingDirectory { get; init; }

    /// <summary>What counts when nobody says anything.</summary>
    /// <value>Default: none.</value>
    public string Otherwise { get; init; } = ProviderChoice.None;

    /// <summary>The value of a variable; null when it is not set or empty.</summary>
    internal string? Variable(string name) => Environment.GetValueOrDefault(name) is { Length: > 0 } value && value.Trim().Length > 0 ? value.Trim() : null;
}

/// <summary>A model, or none, and why.</summary>
/// <param name="Provider">Null: the rules advise.</param>
/// <param name="Reason">For people: what was asked, configured or found.</param>
public sealed record ModelChoice(Provider? Provider, string Reason)
{
    /// <summary>Null when it is unknown.</summary>
    public Price? Price { get; init; }
}
