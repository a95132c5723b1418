namespace Crater.Agent.Host;

/// <summary>Threads of a process that go by a name: how a look from outside finds the mechanism of a fault that its keeper is.</summary>
internal static class NamedThreads
{
    /// <summary>How many threads of that name the process has, and how many of these are in the state; null when it cannot be seen.</summary>
    /// <param name="state">The letter of /proc: R runs, S sleeps, D cannot be disturbed; <c>'\0'</c> for any.</param>
    public static int? Count(int pid, string name, char state = '\0')
    {
        try
        {
            return Directory.EnumerateDirectories($"/proc/{pid}/task").Count(thread => Is(thread, name, state));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>Whether the holder has such a thread; null when it lives and cannot be seen.</summary>
    public static bool? IsOf(ProcessIdentity holder, string name) => Count(holder.Pid, name) is { } count ? (bool?)(count > 0) : holder.IsAlive ? null : false;

    private static bool Is(string thread, string name, char state)
    {
        try
        {
            return File.ReadAllText($"{thread}/stat") is var line && ProcessStat.Parse(0, line) is { } stat && stat.Name == name && (state == '\0' || stat.State == state);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;       // it has ended since
        }
    }
}
