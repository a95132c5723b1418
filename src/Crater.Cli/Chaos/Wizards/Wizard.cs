using System.Globalization;

namespace Crater.Cli.Chaos.Wizards;

/// <summary>Asks a person at a terminal, or takes the answers that a script pipes in: one a line, in the order of the questions.</summary>
internal sealed class Wizard(TextReader answers, Surroundings surroundings)
{
    private const string Blue = "34";
    private const string Green = "32";
    private const string Yellow = "33";
    private const string Red = "31";

    private TextWriter Out => surroundings.Out;

    public void Say(string text) => Out.WriteLine(text);

    public void Explain(string text) => Out.WriteLine(Coloured(text, Blue));

    public void Wrong(string text) => surroundings.Error.WriteLine(Coloured(text, Red));

    /// <summary>Asks until there is an answer; an empty one takes <paramref name="standard"/> where there is one.</summary>
    /// <exception cref="EndOfAnswersException">There are no more answers.</exception>
    public string Ask(string question, string? standard = null)
    {
        while (true)
        {
            Out.Write(Coloured(question, standard is null ? Green : Yellow) + (standard is { Length: > 0 } ? $" [{standard}]" : "") + ": ");
            Out.Flush();
            var answer = answers.ReadLine() ?? throw new EndOfAnswersException();
            if (answer.Length > 0)
            {
                return answer;
            }

            if (standard is not null)
            {
                return standard;
            }
        }
    }

    /// <exception cref="EndOfAnswersException">There are no more answers.</exception>
    public int AskNumber(string question)
    {
        while (true)
        {
            var answer = Ask(question);
            if (int.TryParse(answer, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number))
            {
                return number;
            }

            Say($"Error: '{answer}' is not a valid integer.");
        }
    }

    /// <summary>Yes or no; an empty answer is no.</summary>
    /// <exception cref="EndOfAnswersException">There are no more answers.</exception>
    public bool Confirm(string question)
    {
        while (true)
        {
            Out.Write($"{question} [y/N]: ");
            Out.Flush();
            switch ((answers.ReadLine() ?? throw new EndOfAnswersException()).Trim().ToLowerInvariant())
            {
                case "y" or "yes" or "true" or "t" or "1" or "on":
                    return true;
                case "" or "n" or "no" or "false" or "f" or "0" or "off":
                    return false;
                default:
                    Say("Error: invalid input");
                    break;
            }
        }
    }

    private string Coloured(string text, string colour) => surroundings.IsTerminal ? $"\u001b[{colour}m{text}\u001b[0m" : text;
}

/// <summary>The answers ended before the questions did.</summary>
internal sealed class EndOfAnswersException : Exception;
