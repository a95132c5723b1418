namespace Crater.Lab.Spawning;

/// <summary>Finds programs as exec does.</summary>
internal static class Programs
{
    /// <summary>The absolute path of a program: looked up on the path, or taken from <paramref name="folder"/> when it holds a slash.</summary>
    /// <returns>Null when there is no such file that may be executed.</returns>
    public static string? Find(string program, string path, string folder = "/")
    {
        if (program.Contains('/'))
        {
            var whole = Path.GetFullPath(program, folder);
            return MayExecute(whole) ? whole : null;
        }

        return program.Length == 0 ? null : path.Split(':', StringSplitOptions.RemoveEmptyEntries).Select(part => Path.Combine(part, program)).FirstOrDefault(MayExecute);
    }

    private static bool MayExecute(string file) => File.Exists(file)
        && (File.GetUnixFileMode(file) & (UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute)) != 0;
}
