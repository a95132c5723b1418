namespace Crater.Experiments;

/// <summary>Looks up programs as a shell would.</summary>
public static class Programs
{
    private const string UsualPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

    /// <summary>The full path of a program; null when it is not there or may not be executed.</summary>
    /// <param name="environment">Its PATH and HOME count; without a PATH the usual folders do.</param>
    public static string? Find(string program, IReadOnlyDictionary<string, string> environment)
    {
        if (program.StartsWith("~/", StringComparison.Ordinal))
        {
            program = Path.Combine(environment.GetValueOrDefault("HOME", "/"), program[2..]);
        }

        if (program.Contains('/') || (OperatingSystem.IsWindows() && program.Contains('\\')))
        {
            return IsExecutable(program) ? Path.GetFullPath(program) : null;
        }

        return environment.GetValueOrDefault("PATH", UsualPath)
            .Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries)
            .SelectMany(folder => Names(program).Select(name => Path.Combine(folder, name)))
            .FirstOrDefault(IsExecutable);
    }

    private static string[] Names(string program) => OperatingSystem.IsWindows() ? [program, program + ".exe", program + ".cmd", program + ".bat"] : [program];

    private static bool IsExecutable(string path)
    {
        const UnixFileMode Any = UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute;
        return File.Exists(path) && (OperatingSystem.IsWindows() || (File.GetUnixFileMode(path) & Any) != 0);
    }
}
