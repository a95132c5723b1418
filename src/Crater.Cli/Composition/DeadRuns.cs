using Crater.Diagnostics;
using Crater.Drivers;
using Crater.Journals;

namespace Crater.Cli.Composition;

/// <summary>Runs whose process died with something of Crater's in place.</summary>
internal static class DeadRuns
{
    /// <summary>Those that a document without a cluster of its own should not pass by.</summary>
    /// <remarks>Costs one look at a file for each run: what has been closed has a journal of Chaos Toolkit's, and is not read.</remarks>
    public static IReadOnlyList<RunId> WithInjections(RunFolders folders) =>
        [.. folders.All().Where(run => !File.Exists(folders.Folder(run).PathOf(RunFolder.ToolkitJournalFile)) && HasInjections(folders.Folder(run)))];

    private static bool HasInjections(RunFolder folder)
    {
        try
        {
            return folder.State() is { IsClosed: false, Outstanding.Count: > 0 } && !folder.IsHeld();
        }
        catch (Exception e) when (e is CraterException or IOException or UnauthorizedAccessException)
        {
            return false;       // 'craterctl recover' says what is wrong with it
        }
    }
}
