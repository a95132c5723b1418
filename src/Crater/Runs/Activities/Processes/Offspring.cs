using System.Globalization;

namespace Crater.Runs.Activities.Processes;

/// <summary>Ends a program with everything it started: its descendants, and whoever else holds one of its outputs, which is how those are known whose parents have left.</summary>
internal static class Offspring
{
    private const int RoundsMax = 8;

    /// <param name="root">The program's pid; 0 when it is over.</param>
    /// <param name="pipes">Its outputs, as <see cref="LinkOf"/> names them.</param>
    /// <returns>How many could not be ended.</returns>
    public static int End(int root, IReadOnlyCollection<string> pipes)
    {
        // Stopped first: who is stopped starts nobody else, so that soon nobody new is found.
        HashSet<int> stopped = [];
        HashSet<int> refused = [];
        for (var round = 0; round < RoundsMax; round++)
        {
            var found = Find(root, pipes, stopped).Where(pid => !stopped.Contains(pid) && !refused.Contains(pid)).ToArray();
            foreach (var pid in found)
            {
                _ = (Libc.Kill(pid, Libc.SigStop) == 0 ? stopped : refused).Add(pid);
            }

            if (found.Length == 0)
            {
                break;
            }
        }

        foreach (var pid in stopped)
        {
            _ = Libc.Kill(pid, Libc.SigKill);
        }

        return refused.Count(pid => Path.Exists($"/proc/{pid}"));
    }

    /// <summary>What a descriptor leads to, e.g. <c>pipe:[4711]</c>; null when it cannot be seen.</summary>
    /// <param name="process">A pid or <c>self</c>.</param>
    public static string? LinkOf(string process, int descriptor) => LinkOf($"/proc/{process}/fd/{descriptor}");

    private static string? LinkOf(string path)
    {
        try
        {
            return new FileInfo(path).LinkTarget;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private static HashSet<int> Find(int root, IReadOnlyCollection<string> pipes, IReadOnlySet<int> known)
    {
        var parents = Parents();
        HashSet<int> found = [.. known];
        if (root > 0)
        {
            found.Add(root);
        }

        if (pipes.Count > 0)
        {
            found.UnionWith(parents.Keys.Where(pid => pid != Environment.ProcessId && Holds(pid, pipes)));
        }

        for (var before = 0; before < found.Count;)
        {
            before = found.Count;
            found.UnionWith(parents.Where(pair => found.Contains(pair.Value)).Select(pair => pair.Key).ToArray());
        }

        return found;
    }

    private static Dictionary<int, int> Parents()
    {
        Dictionary<int, int> parents = [];
        foreach (var folder in Directory.EnumerateDirectories("/proc"))
        {
            if (int.TryParse(Path.GetFileName(folder.AsSpan()), NumberStyles.None, CultureInfo.InvariantCulture, out var pid) && ParentOf(folder) is { } parent)
            {
                parents[pid] = parent;
            }
        }

        return parents;
    }

    private static int? ParentOf(string folder)
    {
        try
        {
            // pid (name) state parent …; the name may hold anything, so the last bracket counts. Who has ended already starts nobody.
            var stat = File.ReadAllText(Path.Combine(folder, "stat"));
            var rest = stat[(stat.LastIndexOf(')') + 1)..].Split(' ', 4, StringSplitOptions.RemoveEmptyEntries);
            return rest is [not "Z", var parent, ..] ? int.Parse(parent, CultureInfo.InvariantCulture) : null;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private static bool Holds(int pid, IReadOnlyCollection<string> pipes)
    {
        try
        {
            return Directory.EnumerateFileSystemEntries($"/proc/{pid}/fd").Any(entry => LinkOf(entry) is { } target && pipes.Contains(target));
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return false;       // it belongs to somebody else, or has ended
        }
    }
}
