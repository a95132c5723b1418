using Crater.Agent.State;

namespace Crater.Agent.Verbs;

/// <summary><c>craterd renew UID [--lease 15s]</c>: extends the lease of an injection, counted from now.</summary>
internal static class RenewVerb
{
    public static int Run(IReadOnlyList<string> arguments, Surroundings surroundings)
    {
        var line = CommandLine.Read("renew", arguments, [new("lease")]);
        var uid = line.Words.Count == 1 ? line.Words[0] : throw new AgentException("CRT5513", ExitCodes.Usage, "renew takes one uid.");
        var lease = !line.Has("lease") ? Limits.LeaseDefault.TotalMilliseconds : ArgumentValues.Duration(line["lease"], bare: 1_000) ?? 0;
        if (lease <= 0 || lease > Limits.TimeoutMax.TotalMilliseconds)
        {
            throw new AgentException("CRT5510", ExitCodes.Usage, $"'{line["lease"]}' is no --lease; write a duration such as 15s, above zero and at most {Limits.TimeoutMax.TotalHours:0} h.");
        }

        if (surroundings.State.Find(uid) is not { } folder || folder.Lease is null || folder.Read() is not { Status: InjectionStatus.Injected or InjectionStatus.Intended })
        {
            throw new AgentException("CRT5531", ExitCodes.Unknown, $"No injection {uid} with a lease is in place, so there is nothing to renew. 'craterd query --uid {uid}' says how it ended.");
        }

        folder.Renew(surroundings.Clock.Now + TimeSpan.FromMilliseconds(lease));
        return ExitCodes.Done;
    }
}
