namespace Crater.Lab.Spawning;

/// <summary>Ends what a dead lab has left: every process that carries its mark, and their descendants.</summary>
internal static class Sweep
{
    /// <summary>In the environment of each process of a lab: the lab's id, which nobody else can know.</summary>
    public const string Mark = "CRATER_LAB";

    /// <returns>How many processes were ended.</returns>
    public static async Task<int> RunAsync(string labId, TimeProvider clock)
    {
        var marked = ProcessStat.ReadAll().Where(process => process.Pid != Environment.ProcessId && HasMark(process.Pid, labId)).ToList();
        foreach (var process in marked)
        {
            await ProcessTree.KillAsync(new ProcessId(process.Pid, process.StartTicks), clock).ConfigureAwait(false);
        }

        return marked.Count;
    }

    private static bool HasMark(int pid, string labId)
    {
        try
        {
            return $"\0{File.ReadAllText($"/proc/{pid}/environ")}".Contains($"\0{Mark}={labId}\0", StringComparison.Ordinal);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }
}
