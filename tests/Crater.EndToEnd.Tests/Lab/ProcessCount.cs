namespace Crater.EndToEnd.Tests.Lab;

/// <summary>Counts processes by their command line, read from the kernel.</summary>
internal static class ProcessCount
{
    /// <param name="arguments">Part of the argument vector, separated by null characters.</param>
    public static int Of(string arguments) => Directory.EnumerateDirectories("/proc").Count(folder => Matches(folder, arguments));

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
