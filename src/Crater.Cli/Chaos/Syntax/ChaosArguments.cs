using System.Globalization;

namespace Crater.Cli.Chaos.Syntax;

/// <summary>A command line taken apart by a command's syntax.</summary>
internal sealed class ChaosArguments
{
    private readonly Dictionary<string, List<string>> _given = [];

    private ChaosArguments() { }

    /// <summary>The arguments that are no options.</summary>
    public IReadOnlyList<string> Values { get; private set; } = [];

    /// <summary>What follows the first argument of a command that has commands below it.</summary>
    public IReadOnlyList<string> Rest { get; private set; } = [];

    /// <summary>Nothing was written at all.</summary>
    public bool IsEmpty => _given.Count + Values.Count == 0;

    public bool Has(string option) => _given.ContainsKey(option);

    public string? Text(string option) => _given.GetValueOrDefault(option)?[^1];

    public IReadOnlyList<string> Texts(string option) => _given.GetValueOrDefault(option) ?? [];

    /// <exception cref="Misuse">Something is missing, unknown, or of the wrong form.</exception>
    /// <exception cref="Shown">The help or the version was asked for.</exception>
    public static ChaosArguments Read(ChaosSyntax syntax, IReadOnlyList<string> words)
    {
        var read = new ChaosArguments();
        List<ChaosOption> order = [];
        read.Split(syntax, words, order);
        // Help and version come before anything that might be wrong beside them.
        if (read.Has("--help"))
        {
            throw new Shown(HelpText.Of(syntax));
        }

        if (read.Has("--version"))
        {
            throw new Shown(ChaosVersion.Line);
        }

        foreach (var option in order.Distinct())
        {
            read.Check(syntax, option);
        }

        return syntax.Commands.Count > 0 ? read : read.WithArguments(syntax);
    }

    private void Split(ChaosSyntax syntax, IReadOnlyList<string> words, List<ChaosOption> order)
    {
        List<string> values = [];
        for (var at = 0; at < words.Count; at++)
        {
            var word = words[at];
            if (word == "--")
            {
                values.AddRange(words.Skip(at + 1));
                break;
            }

            if (word.Length < 2 || word[0] != '-')
            {
                values.Add(word);
                if (syntax.Commands.Count == 0)
                {
                    continue;
                }

                Rest = [.. words.Skip(at + 1)];     // from here on the words are the command's
                break;
            }

            at = Take(syntax, words, at, order);
        }

        Values = values;
    }

    private int Take(ChaosSyntax syntax, IReadOnlyList<string> words, int at, List<ChaosOption> order)
    {
        var equals = words[at].StartsWith("--", StringComparison.Ordinal) ? words[at].IndexOf('=', StringComparison.Ordinal) : -1;
        var name = equals < 0 ? words[at] : words[at][..equals];
        var option = OptionSet.Of(syntax).FirstOrDefault(option => option.Name == name) ?? throw new Misuse(syntax, OptionSet.Unknown(syntax, name));
        if (option.Kind == ValueKind.Flag && equals >= 0)
        {
            throw new Misuse(null, $"Option '{name}' does not take a value.");
        }

        if (option.Kind != ValueKind.Flag && equals < 0 && at + 1 >= words.Count)
        {
            throw new Misuse(null, $"Option '{name}' requires an argument.");
        }

        var value = option.Kind == ValueKind.Flag ? "" : equals >= 0 ? words[at][(equals + 1)..] : words[at + 1];
        (_given.TryGetValue(name, out var all) ? all : _given[name] = []).Add(value);
        order.Add(option);
        return option.Kind != ValueKind.Flag && equals < 0 ? at + 1 : at;
    }

    private void Check(ChaosSyntax syntax, ChaosOption option)
    {
        foreach (var value in option.IsMany ? Texts(option.Name) : Texts(option.Name).TakeLast(1))
        {
            var wrong = option.Kind switch
            {
                ValueKind.Choice when !option.Choices.Contains(value) => NotOneOf(value, option.Choices),
                ValueKind.Number when !Number(value, out _) => $"'{value}' is not a valid float.",
                ValueKind.ExistingPath when !Path.Exists(value) => $"Path '{value}' does not exist.",
                _ => option.Check?.Invoke(value),
            };
            if (wrong is not null)
            {
                throw new Misuse(syntax, $"Invalid value for '{option.Name}': {wrong}");
            }
        }
    }

    private ChaosArguments WithArguments(ChaosSyntax syntax)
    {
        if (Values.Count < syntax.Arguments.Count)
        {
            throw new Misuse(syntax, $"Missing argument '{syntax.Arguments[Values.Count]}'.{(syntax.ArgumentChoices.Count == 0 ? "" : $" Choose from:\n\t{string.Join(",\n\t", syntax.ArgumentChoices)}")}");
        }

        if (syntax.ArgumentChoices.Count > 0 && !syntax.ArgumentChoices.Contains(Values[0]))
        {
            throw new Misuse(syntax, $"Invalid value for '{syntax.Arguments[0]}': {NotOneOf(Values[0], syntax.ArgumentChoices)}");
        }

        var extra = Values.Skip(syntax.Arguments.Count).ToArray();
        return extra.Length == 0
            ? this
            : throw new Misuse(syntax, $"Got unexpected extra argument{(extra.Length == 1 ? "" : "s")} ({string.Join(' ', extra)})");
    }

    public static bool Number(string text, out double value) => double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out value);

    private static string NotOneOf(string value, IReadOnlyList<string> choices) => choices.Count == 1
        ? $"'{value}' is not '{choices[0]}'."
        : $"'{value}' is not one of {string.Join(", ", choices.Select(choice => $"'{choice}'"))}.";
}
