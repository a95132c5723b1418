using System.Text.Json.Nodes;
using Crater.Agent.Keeping;
using Crater.Agent.State;

namespace Crater.Agent.Verbs;

/// <summary><c>craterd recover UID</c> or <c>--all</c>: takes injections off and says what was found.</summary>
internal static class RecoverVerb
{
    public static int Run(IReadOnlyList<string> arguments, Surroundings surroundings)
    {
        var line = CommandLine.Read("recover", arguments, [new("all", 'a', IsFlag: true), new("json", IsFlag: true), new("log-level"), new("log-path"), new("trace-id")]);
        if (line.Flag("all") == (line.Words.Count == 1) || line.Words.Count > 1)
        {
            throw new AgentException("CRT5513", ExitCodes.Usage, "recover takes one uid, or --all for every injection there is.");
        }

        Steps.Role = "recover";
        var state = surroundings.State;
        var sweep = new Sweep(state, surroundings.Clock);
        IReadOnlyList<InjectionFolder> folders = line.Flag("all") ? [.. sweep.Open()] : [Find(state, line.Words[0])];
        var code = ExitCodes.Done;
        // One of them may hold the disk on which another's recovery is to be written down.
        folders.ToList().ForEach(folder => Recovery.LetGo(folder));
        foreach (var folder in folders)
        {
            var outcome = Recover(state, folder);
            Tell(folder.Uid, outcome, line.Flag("json"), surroundings.Out);
            code = outcome.IsClean ? code : ExitCodes.Residue;
        }

        if (line.Flag("all"))
        {
            sweep.DropIdleClaims();
            if (folders.Count == 0 && !line.Flag("json"))
            {
                surroundings.Out.WriteLine("Nothing is in place.");
            }
        }

        return code;
    }

    /// <summary>The keeper first, since it can let go gently; whoever is in its way after that is ended.</summary>
    internal static Outcome Recover(StateFolder state, InjectionFolder folder, string who = "recover", string why = "a person asked")
    {
        var record = TryRead(folder);
        if (record is { IsClosed: false })
        {
            Recovery.LetGo(folder);
            Fence.Ask(record.Keeper, Limits.KeeperBudget);
        }

        var outcome = Recovery.Run(state, folder, who, why, held: null);
        if (!outcome.IsClean && record?.Guardian is { IsAlive: true } guardian)
        {
            // A guardian that was stopped while it recovered holds the lock; without it the lock is free.
            Fence.Kill(guardian);
            outcome = Recovery.Run(state, folder, who, "its guardian was in the way", held: null);
        }

        return outcome;
    }

    private static InjectionFolder Find(StateFolder state, string uid)
    {
        return FindOrBury(state, InjectVerb.Checked(uid)) ?? throw new AgentException("CRT5530", ExitCodes.Unknown,
            $"No injection {uid} is known on this host, so nothing was recovered; an inject with that uid that comes later is refused. 'craterd query' lists what there is.");
    }

    /// <summary>Null when there is none of that uid: then it leaves a tombstone, since the recover may have overtaken its inject.</summary>
    internal static InjectionFolder? FindOrBury(StateFolder state, string uid)
    {
        if (state.Find(uid) is { } folder)
        {
            return folder;
        }

        // One system call decides which of the two was first.
        if (state.Create(uid) is not { } tombstone)
        {
            return state.Find(uid)!;
        }

        tombstone.Journal.Append(JournalEvent.Of(EventKinds.Tombstone), TimeProvider.System);
        return null;
    }

    private static InjectionRecord? TryRead(InjectionFolder folder)
    {
        try
        {
            return folder.Read();
        }
        catch (DamagedStateException)
        {
            return null;
        }
    }

    private static void Tell(string uid, Outcome outcome, bool isJson, TextWriter output)
    {
        if (isJson)
        {
            var told = new JsonObject { ["uid"] = uid, ["clean"] = outcome.IsClean, ["evidence"] = outcome.Evidence, ["lookWith"] = outcome.LookWith };
            if (outcome.Tally is { } tally)
            {
                (told["seen"], told["hit"]) = (tally.Seen, tally.Hit);
            }

            output.WriteLine(told.ToJsonString());
        }
        else if (outcome.IsClean)
        {
            output.WriteLine($"{uid}: clean ({outcome.Evidence}){(outcome.Tally is { } tally ? $"; {tally.Words}" : "")}");
        }
        else
        {
            output.WriteLine($"{uid}: RESIDUE: {outcome.Evidence}\n  look with: {outcome.LookWith}");
        }
    }
}
