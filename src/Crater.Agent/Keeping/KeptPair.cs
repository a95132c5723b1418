using Crater.Agent.Host;

namespace Crater.Agent.Keeping;

/// <summary>
/// A keeper and its guardian, started side by side by whoever asks, with a channel to the keeper and one between the two: so that neither waits for the other to come up.
/// When whoever started them ends between the two, the keeper finds nobody on its guardian's side, and puts nothing on.
/// </summary>
internal static class KeptPair
{
    /// <summary>What the keeper is called on its command line.</summary>
    public const string KeeperRole = "keep";

    /// <param name="uid">Of the injection, or <see cref="GuardianLink.Ahead"/>.</param>
    /// <param name="children">Gets the pid of each that has been started.</param>
    /// <returns>The channel to the keeper.</returns>
    /// <exception cref="AgentException">CRT5540, CRT5541: one of them could not be started; the other finds nobody there, and ends.</exception>
    public static Channel Start(string uid, ICollection<int> children)
    {
        var (ofKeeper, ofGuardian) = Channel.Pair(GuardianLink.Role);
        using (ofKeeper)
        using (ofGuardian)
        {
            var (ours, theirs) = Channel.Pair(KeeperRole);
            using (theirs)
            {
                try
                {
                    var keeper = Channel.Start(KeeperRole, [uid], theirs, ofKeeper);
                    children.Add(keeper);
                    Steps.Reached("keeper-started");
                    children.Add(Channel.Start(GuardianLink.Role, [uid, GuardianLink.Identity(keeper).ToString()], ofGuardian));
                    return ours;
                }
                catch (AgentException)
                {
                    ours.Dispose();
                    throw;
                }
            }
        }
    }
}
