namespace Crater.Agent.Inventory;

/// <summary>
/// What a process is called in an inventory: the program, and of an interpreter what it runs. Taken from the command line, of which nothing else is ever told: it may hold
/// passwords.
/// </summary>
internal static class ProgramName
{
    private const int LengthMax = 64;

    private static readonly string[] Interpreters = ["python", "node", "nodejs", "ruby", "perl", "php", "dotnet", "java"];

    /// <summary>Options whose next word is what runs.</summary>
    private static readonly string[] Runs = ["-m", "-jar"];

    /// <summary>Options whose next word is something else.</summary>
    private static readonly string[] Takes = ["-cp", "-classpath", "--class-path", "-W", "-X", "-I", "-r", "--require"];

    /// <param name="name">The kernel's, at most 15 bytes.</param>
    /// <param name="words">The argument vector; empty where it cannot be seen.</param>
    public static string Of(string name, IReadOnlyList<string> words)
    {
        var program = words.Count > 0 ? Path.GetFileName(words[0].Split(' ')[0].TrimEnd(':')) : name;
        if (!IsInterpreter(program))
        {
            // A process that writes its own title (nginx: worker process) is known by the kernel's name, and a long name by the program's.
            // One that was started from an open file has that file's number for a name.
            return (program.StartsWith(name, StringComparison.Ordinal) || name.All(char.IsAsciiDigit) ? Plain(program) : null) ?? Plain(name) ?? Plain(program) ?? "unnamed";
        }

        for (var at = 1; at < words.Count; at++)
        {
            if (Takes.Contains(words[at]))
            {
                at++;
            }
            else if (Runs.Contains(words[at]) || !words[at].StartsWith('-'))
            {
                var script = Runs.Contains(words[at]) && at + 1 < words.Count ? words[at + 1] : words[at];
                return Plain(Path.GetFileName(script)) ?? program;
            }
        }

        return Plain(program) ?? "unnamed";
    }

    private static bool IsInterpreter(string program) => Interpreters.Contains(program.TrimEnd('0', '1', '2', '3', '4', '5', '6', '7', '8', '9', '.'));

    /// <summary>Null when the word is more than a name: what has an equals sign or an address in it may hold a secret.</summary>
    private static string? Plain(string word) =>
        word.Length is > 0 and <= LengthMax && word.All(letter => char.IsAsciiLetterOrDigit(letter) || letter is '.' or '-' or '_' or '+') ? word : null;
}
