namespace Crater.Cli.Chaos;

/// <summary>By which name this program was started: one binary, two surfaces.</summary>
internal static class CalledAs
{
    /// <summary>Overrides the name; <c>CRATER_AS=chaos</c> makes any name Chaos Toolkit's.</summary>
    public const string Variable = "CRATER_AS";

    private const string Chaos = "chaos";

    public static bool IsChaos() => (Environment.GetEnvironmentVariable(Variable) ?? Name()) == Chaos;

    // A link to the program is what makes it chaos, and the process path of .NET has every link resolved; what the caller wrote is left in /proc alone.
    private static string Name()
    {
        var written = File.Exists("/proc/self/cmdline") ? FirstArgument() : Environment.GetCommandLineArgs()[0];
        return Path.GetFileNameWithoutExtension(written);
    }

    private static string FirstArgument()
    {
        using var commandLine = new FileStream("/proc/self/cmdline", FileMode.Open, FileAccess.Read, FileShare.ReadWrite, bufferSize: 1);
        var first = new byte[4096];
        var read = commandLine.Read(first);
        var end = Array.IndexOf(first, (byte)0, 0, read);
        return System.Text.Encoding.UTF8.GetString(first, 0, end < 0 ? read : end);
    }
}
