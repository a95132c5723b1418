namespace Crater.Agent.Inventory;

/// <summary>What systemd is told to do with a service, from its files; nobody is asked.</summary>
internal static class UnitFile
{
    /// <summary>Where unit files stand, the one that counts first (systemd.unit(5)).</summary>
    private static readonly string[] Folders = ["/etc/systemd/system", "/run/systemd/system", "/usr/local/lib/systemd/system", "/usr/lib/systemd/system", "/lib/systemd/system"];

    /// <summary>The service's <c>Restart=</c>; <c>no</c> where it has none, empty where its file cannot be found.</summary>
    public static string Restart(string unit) => Restart(unit, Folders);

    internal static string Restart(string unit, IReadOnlyList<string> folders)
    {
        // Of a template's instance (getty@tty1.service) the file is the template's (getty@.service).
        var at = unit.IndexOf('@', StringComparison.Ordinal);
        var names = at < 0 ? [unit] : new[] { unit, $"{unit[..(at + 1)]}.service" };
        var file = names.SelectMany(name => folders.Select(folder => Path.Combine(folder, name))).FirstOrDefault(File.Exists);
        if (file is null)
        {
            return "";
        }

        var additions = names.SelectMany(name => folders.Reverse().Select(folder => Path.Combine(folder, name + ".d"))).Where(Directory.Exists)
            .SelectMany(folder => Directory.EnumerateFiles(folder, "*.conf").Order(StringComparer.Ordinal));
        return additions.Prepend(file).SelectMany(Lines).Select(line => line.Split('=', 2, StringSplitOptions.TrimEntries))
            .LastOrDefault(pair => pair is ["Restart", { Length: > 0 }])?[1] ?? "no";
    }

    private static IEnumerable<string> Lines(string path)
    {
        try
        {
            return File.ReadAllLines(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }
}
