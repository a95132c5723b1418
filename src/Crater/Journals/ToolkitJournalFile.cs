using Crater.Diagnostics;
using Crater.Experiments;

namespace Crater.Journals;

/// <summary>journal.json as a file: in the run folder, and where the user wants it.</summary>
public static class ToolkitJournalFile
{
    /// <summary>Makes sure, before anything is begun, that the journal can be written where it is wanted. Leaves what is there as it was.</summary>
    /// <param name="path">Empty for nowhere beside the run folder.</param>
    /// <exception cref="CraterException">CRT4015: it cannot.</exception>
    public static void Check(string path)
    {
        if (path.Length == 0)
        {
            return;
        }

        try
        {
            var isNew = !File.Exists(path);
            File.Open(path, FileMode.OpenOrCreate, FileAccess.Write, FileShare.ReadWrite).Dispose();
            if (isNew)
            {
                File.Delete(path);
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            throw new CraterException("CRT4015",
                $"The journal is to be written to '{path}', which cannot be done: {e.Message} Nothing was begun. Make the folder, correct its permissions, or name another path.", e);
        }
    }

    /// <exception cref="CraterException">CRT4004: it could not be written.</exception>
    public static void Write(RunFolder folder, string path, Experiment experiment, IReadOnlyList<JournalEvent> events, string platform)
    {
        folder.Write(RunFolder.ToolkitJournalFile, stream => ToolkitJournal.Write(stream, experiment, events, platform));
        if (path.Length == 0)
        {
            return;
        }

        try
        {
            // Over what is there and not by a rename: it may be a link, or no file at all.
            using var source = File.OpenRead(folder.PathOf(RunFolder.ToolkitJournalFile));
            using var target = new FileStream(path, FileMode.Create, FileAccess.Write, FileShare.Read);
            source.CopyTo(target);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CraterException("CRT4004", $"{path} could not be written: {e.Message} The journal is in {folder.PathOf(RunFolder.ToolkitJournalFile)}.", e);
        }
    }
}
