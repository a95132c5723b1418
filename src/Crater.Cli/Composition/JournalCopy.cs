using Crater.Diagnostics;
using Crater.Journals;

namespace Crater.Cli.Composition;

/// <summary>journal.json where the user wants it, beside the one of the run folder.</summary>
internal static class JournalCopy
{
    /// <summary>Makes sure before anything is played that the journal can be written in the end.</summary>
    /// <exception cref="CraterException">CRT1238: it cannot.</exception>
    public static void Check(string path)
    {
        try
        {
            var isNew = !File.Exists(path);
            using var file = new FileStream(path, FileMode.OpenOrCreate, FileAccess.Write, FileShare.ReadWrite, 1, isNew ? FileOptions.DeleteOnClose : FileOptions.None);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw Cannot(path, error);
        }
    }

    /// <exception cref="CraterException">CRT1238: it cannot be written; the run folder has it.</exception>
    public static void Write(RunFolder folder, string path)
    {
        try
        {
            // Whatever stood there is replaced and not mixed with the new text; a device like /dev/stdout is written to.
            using var journal = File.OpenRead(folder.PathOf(RunFolder.ToolkitJournalFile));
            using var copy = File.Create(path);
            journal.CopyTo(copy);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw Cannot(path, error);
        }
    }

    private static CraterException Cannot(string path, Exception error) =>
        new("CRT1238", $"The journal cannot be written to {path}: {error.Message} Make its folder, correct the permissions, or give another place with --journal-path.", error);
}
