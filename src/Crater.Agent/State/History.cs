namespace Crater.Agent.State;

/// <summary>
/// How long closed injections are remembered. A folder of one refuses its uid to whoever comes late, and it is what <c>query</c> shows; after a while neither is of any use,
/// and a host that is tested every minute must not slow down over the years.
/// </summary>
internal static class History
{
    /// <summary>Takes away what is closed, is among neither the newest nor those of the last hour, and was not left as residue.</summary>
    /// <param name="now">Wall clock. A clock that was set wrong can cost old records, never one of the newest, and never one that is open.</param>
    public static void Prune(StateFolder state, DateTimeOffset now, int kept)
    {
        var all = state.All().ToList();
        if (all.Count <= kept)
        {
            return;
        }

        var old = all.Select(folder => (Folder: folder, At: File.GetLastWriteTimeUtc(folder.Path)))
            .OrderByDescending(entry => entry.At).Skip(kept).Where(entry => now - entry.At > Limits.HistoryMin).ToList();

        using var turn = state.Lock();
        foreach (var (folder, _) in old.Where(entry => entry.Folder.IsClosed))
        {
            Directory.Delete(folder.Path, recursive: true);
        }
    }
}
