using System.Globalization;
using System.Text;
using Crater.Agent.Host;
using Crater.Agent.State;

namespace Crater.Agent.Faults;

/// <summary>
/// A program of the user's that brings back what a fault has ended: an argument vector, started once at recovery, whose exit code counts. Its result stands beside the
/// journal, so that a second recovery does not start it again; after a death in the middle it is started once more.
/// </summary>
internal static class RecoveryProgram
{
    private const string Key = "program";

    /// <summary>What this process has tried already: one recovery looks several times, and must not start a failing program at each look.</summary>
    private static readonly HashSet<string> Tried = new(StringComparer.Ordinal);

    public static FaultParameter Parameter { get; } = new("recover-cmd", ParameterType.Program, "Started at recovery; when it fails, the recovery is not clean.") { Short = 'r', IsPrivate = true };

    public static void Capture(FaultRequest request, Dictionary<string, string> undo) => undo[Key] = request.Text("recover-cmd");

    /// <exception cref="AgentException">CRT5582: it ended with another code than 0, or not in time.</exception>
    public static void Run(UndoData undo)
    {
        var result = Path.Combine(undo.Folder, "program");
        if (undo[Key].Length == 0 || (File.Exists(result) && File.ReadAllText(result) == "0") || !Tried.Add(undo.Uid))
        {
            RefuseFailed(undo, result);
            return;
        }

        File.WriteAllText(result, "begun");
        File.WriteAllText(result, Start(Split(undo[Key])));
        RefuseFailed(undo, result);
    }

    /// <summary>Words as in a command line: parted by white space, kept together by single or double quotes. No variables, no globs, no escapes.</summary>
    public static IReadOnlyList<string> Split(string text)
    {
        List<string> words = [];
        StringBuilder? word = null;
        var quote = '\0';
        foreach (var letter in text)
        {
            if (quote == '\0' && char.IsWhiteSpace(letter))
            {
                words.AddRange(word is null ? [] : [word.ToString()]);
                word = null;
            }
            else if (letter == quote || (quote == '\0' && letter is '\'' or '"'))
            {
                quote = quote == '\0' ? letter : '\0';
                word ??= new StringBuilder();
            }
            else
            {
                (word ??= new StringBuilder()).Append(letter);
            }
        }

        words.AddRange(word is null ? [] : [word.ToString()]);
        return quote == '\0' ? words : [];
    }

    private static void RefuseFailed(UndoData undo, string result)
    {
        if (undo[Key].Length > 0 && File.ReadAllText(result) is not "0" and var words)
        {
            throw new AgentException("CRT5582", ExitCodes.Residue, $"The recovery program {Split(undo[Key])[0]} {words}; what it should bring back may still be gone.");
        }
    }

    /// <summary>Starts a program and waits for its end.</summary>
    /// <returns><c>0</c>, or in words how else it ended.</returns>
    internal static string Start(IReadOnlyList<string> vector)
    {
        var (pid, error) = Spawner.Start(vector, handed: [], []);
        if (error != 0)
        {
            return $"could not be started ({Errno.Words(error)})";
        }

        // A child that nobody has waited for keeps its pid, so this is it, whether it has ended or not.
        using var handle = ProcessIdentity.Of(pid) is { } identity ? PidHandle.Open(identity) : null;
        if (handle is not null && !handle.Ends(Limits.ProgramBudget))
        {
            _ = handle.Signal(Libc.SignalKill);
            _ = Libc.WaitPid(pid, out _, 0);
            return $"did not end within {Limits.ProgramBudget.TotalSeconds} s";
        }

        _ = Libc.WaitPid(pid, out var status, 0);
        return (status & 0x7f) != 0 ? $"was ended by signal {status & 0x7f}" : ((status >> 8) & 0xff) is > 0 and var code ? string.Create(CultureInfo.InvariantCulture, $"ended with code {code}") : "0";
    }
}
