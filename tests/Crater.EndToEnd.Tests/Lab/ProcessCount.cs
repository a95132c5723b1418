namespace Crater.EndToEnd.Tests.Lab;

/// <summary>Counts processes by their command line, read from the kernel.</summary>
internal static class ProcessCount
{
    /// <param name="arguments">Part of the argument vector, separated by null characters.</param>
    public static int Of(string arguments) => Find(arguments).Count;

    /// <summary>Their pids.</summary>
    /// <param name="arguments">Part of the argument vector, separated by null characters.</param>
    public static IReadOnlyList<int> Find(string arguments) =>
        [.. Directory.EnumerateDirectories("/proc").Where(folder => Matches(folder, arguments)).Select(folder => int.Parse(Path.GetFileName(folder), System.Globalization.CultureInfo.InvariantCulture))];

    private static bool Matches(string folder, string arguments)
    {
        try
        {
            var line = File.ReadAllText(Path.Combine(folder, "cmdline"));
            return !line.StartsWith("sh\0", StringComparison.Ordinal) && line.Contains(arguments, StringComparison.Ordinal);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }
}
