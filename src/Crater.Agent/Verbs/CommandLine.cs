namespace Crater.Agent.Verbs;

/// <summary>One option of a verb or of a fault.</summary>
/// <param name="Name">Without dashes.</param>
/// <param name="Short">One letter; <c>'\0'</c> for none.</param>
/// <param name="IsFlag">It takes no value of its own: <c>--json</c>, <c>--force</c>, <c>--force=false</c>.</param>
internal sealed record Option(string Name, char Short = '\0', bool IsFlag = false)
{
    public IReadOnlyList<string> Aliases { get; init; } = [];

    public bool Is(string name) => Name == name || Aliases.Contains(name);
}

/// <summary>
/// A command line taken apart: <c>--name value</c>, <c>--name=value</c>, <c>-n value</c>, <c>-nvalue</c>, <c>-n=value</c>, flags, and the words between them. Small on
/// purpose: what starts in milliseconds cannot afford a parser that builds itself first.
/// </summary>
internal sealed class CommandLine
{
    private readonly Dictionary<string, string> _values = new(StringComparer.Ordinal);

    private CommandLine()
    {
    }

    /// <summary>What is no option, in order.</summary>
    public List<string> Words { get; } = [];

    /// <summary>What was given, by the name of the option.</summary>
    public IReadOnlyDictionary<string, string> Values => _values;

    public string this[string option] => _values.GetValueOrDefault(option, "");

    public bool Has(string option) => _values.ContainsKey(option);

    public bool Flag(string option) => this[option] == "true";

    /// <param name="verb">For the messages.</param>
    /// <exception cref="AgentException">CRT5502: an unknown option; CRT5503: no value; CRT5504: given twice.</exception>
    public static CommandLine Read(string verb, IReadOnlyList<string> arguments, IReadOnlyList<Option> options)
    {
        var line = new CommandLine();
        for (var i = 0; i < arguments.Count; i++)
        {
            var argument = arguments[i];
            if (argument == "--")
            {
                line.Words.AddRange(arguments.Skip(i + 1));
                break;
            }

            if (argument is ['-', not '-', ..] && !char.IsAsciiDigit(argument[1]))
            {
                line.Take(verb, argument, Find(verb, options, $"-{argument[1]}", option => option.Short == argument[1]), Rest(argument, 2), arguments, ref i);
            }
            else if (argument.StartsWith("--", StringComparison.Ordinal))
            {
                var equals = argument.IndexOf('=', StringComparison.Ordinal);
                var name = (equals < 0 ? argument[2..] : argument[2..equals]).Replace('_', '-');
                line.Take(verb, argument, Find(verb, options, $"--{name}", option => option.Is(name)), equals < 0 ? null : argument[(equals + 1)..], arguments, ref i);
            }
            else
            {
                line.Words.Add(argument);
            }
        }

        return line;
    }

    private void Take(string verb, string argument, Option option, string? value, IReadOnlyList<string> arguments, ref int at)
    {
        value ??= option.IsFlag ? "true" : at + 1 < arguments.Count ? arguments[++at] : throw Usage("CRT5503", $"{argument} of {verb} needs a value after it, and the command line ends there.");
        if (!_values.TryAdd(option.Name, value))
        {
            throw Usage("CRT5504", $"{argument} of {verb} is given twice, perhaps once by another of its names. Keep one.");
        }
    }

    // -p50 and -p=50 carry their value; -p does not.
    private static string? Rest(string argument, int from) => argument.Length <= from ? null : argument[from] == '=' ? argument[(from + 1)..] : argument[from..];

    private static Option Find(string verb, IReadOnlyList<Option> options, string written, Func<Option, bool> isIt) =>
        options.FirstOrDefault(isIt) ?? throw Usage("CRT5502", $"{verb} has no option {written}; it takes {string.Join(", ", options.Select(Text))}.");

    private static string Text(Option option) => option.Short == '\0' ? $"--{option.Name}" : $"--{option.Name} (-{option.Short})";

    private static AgentException Usage(string code, string message) => new(code, ExitCodes.Usage, message);
}
