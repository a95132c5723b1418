using Crater.Agent.Host;
using Crater.Agent.State;

namespace Crater.Agent.Verbs;

/// <summary><c>craterd renew UID [--lease 15s]</c>: extends the lease of an injection, counted from now.</summary>
internal static class RenewVerb
{
    public static int Run(IReadOnlyList<string> arguments, Surroundings surroundings)
    {
        var line = CommandLine.Read("renew", arguments, [new("lease")]);
        var uid = line.Words.Count == 1 ? line.Words[0] : throw new AgentException("CRT5513", ExitCodes.Usage, "renew takes one uid.");
        Renew(surroundings.State, surroundings.Clock, uid, InjectVerb.Span(line["lease"], "lease", Limits.LeaseDefault));
        return ExitCodes.Done;
    }

    /// <exception cref="AgentException">CRT5531: there is nothing to renew.</exception>
    internal static void Renew(StateFolder state, IBootClock clock, string uid, TimeSpan lease)
    {
        if (state.Find(uid) is not { } folder || folder.Lease is null || folder.Read() is not { Status: InjectionStatus.Injected or InjectionStatus.Intended })
        {
            throw new AgentException("CRT5531", ExitCodes.Unknown, $"No injection {uid} with a lease is in place, so there is nothing to renew. 'craterd query --uid {uid}' says how it ended.");
        }

        folder.Renew(clock.Now + lease);
    }
}
