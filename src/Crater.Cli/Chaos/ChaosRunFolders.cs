using Crater.Journals;

namespace Crater.Cli.Chaos;

/// <summary>
/// Where the tool's runs are kept: as craterctl's in <c>.crater/runs</c> of the working directory, and, where nothing can be written there, with the person's own
/// state. Their tool runs in a directory it cannot write to as long as the journal goes elsewhere, and so must this.
/// </summary>
internal static class ChaosRunFolders
{
    public static string Root(Surroundings surroundings)
    {
        var here = RunFolders.DefaultRoot(surroundings.WorkingDirectory);
        return MayWrite(here) ? here : Path.Combine(State(surroundings), "crater", "runs");
    }

    private static string State(Surroundings surroundings) => surroundings.Environment.GetValueOrDefault("XDG_STATE_HOME") is { Length: > 0 } state
        ? state
        : Path.Combine(surroundings.Environment.GetValueOrDefault("HOME") ?? "/", ".local", "state");

    private static bool MayWrite(string folder)
    {
        try
        {
            Directory.CreateDirectory(folder);
            var probe = Path.Combine(folder, $".{Environment.ProcessId}.probe");
            File.Create(probe, 1, FileOptions.DeleteOnClose).Dispose();
            return true;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }
}
