using System.Text.Json.Nodes;
using Crater.Agent.Keeping;
using Crater.Agent.State;
using Crater.Agent.Verbs;

namespace Crater.Agent.Serving;

/// <summary><c>POST /v1/recover</c> and <c>/v1/leases</c>. Nothing cancels a recovery, not even the end of whoever asked.</summary>
internal sealed class RecoverCalls(ServedHost host)
{
    /// <summary>Two threads that renew the same lease would share a file name.</summary>
    private readonly Lock _renewing = new();

    public static Shape RecoverBody { get; } = Shape.Object("Which injections to take off: one uid, or all.",
        new("uid", Shape.Text("One injection; when it is not known it leaves a tombstone, and an inject that comes later is refused."), IsRequired: false),
        new("all", Shape.Flag("Every injection that is open."), IsRequired: false), new("creator", Shape.Text("With all: only those of this creator."), IsRequired: false));

    public static Shape Recovered { get; } = Shape.Object("What was found.", new Member("results", Shape.ListOf(Shape.Object("One injection.",
        new("uid", Shape.Text("Its name.")), new("clean", Shape.Flag("Whether everything is as it was.")), new("state", Shape.Text("Where it stands now.")),
        new("fingerprintBefore", Shape.Text("How the target was before; empty for a tombstone.")), new("fingerprintAfter", Shape.Text("How it was found; empty for a tombstone, or when something is left.")),
        new("left", Shape.Text("What is left; empty when it is clean.")), new("look", Shape.Text("The command with which a person can look; empty when it is clean."))), "In the order of their uids.")));

    public static Shape LeasesBody { get; } = Shape.Object("Which leases to renew, and for how long from now.",
        new("lease", Shape.Duration("Such as 15s, which it is when left out."), IsRequired: false), new("uids", Shape.ListOf(Shape.Text("A uid."), "The injections.")));

    public static Shape Renewed { get; } = Shape.Object("What came of it.", new("renewed", Shape.ListOf(Shape.Text("A uid."), "Those that stay.")),
        new("refused", Shape.ListOf(Shape.Object("One that does not.", new("uid", Shape.Text("Its name.")), new("code", Shape.Text("Why, as a code.")), new("message", Shape.Text("Why, as a sentence."))), "Those that are over.")));

    public Reply Recover(Call call)
    {
        var isAll = (bool?)call.Body["all"] ?? false;
        if (isAll == call.Text("uid").Length > 0)
        {
            throw new AgentException("CRT5513", ExitCodes.Usage, "recover takes one uid, or \"all\": true for every injection there is.");
        }

        if (!isAll)
        {
            return Told([One(host, InjectVerb.Checked(call.Text("uid")))]);
        }

        var sweep = new Sweep(host.State, host.Clock);
        var mine = sweep.Open().Where(folder => call.Text("creator") is not { Length: > 0 } creator || QueryVerb.Read(folder).Creator == creator).ToList();
        // One of them may hold the disk on which another's recovery is to be written down.
        mine.ForEach(folder => Recovery.LetGo(folder));
        JsonArray results = [.. mine.Select(folder => One(host, folder.Uid))];
        sweep.DropIdleClaims();
        return Told(results);
    }

    public Reply Renew(Call call)
    {
        var lease = InjectVerb.Span(call.Text("lease"), "lease", Limits.LeaseDefault);
        JsonArray renewed = [];
        JsonArray refused = [];
        foreach (var uid in call.Body["uids"]!.AsArray().Select(uid => (string)uid!))
        {
            try
            {
                lock (_renewing)
                {
                    RenewVerb.Renew(host.State, host.Clock, uid, lease);
                }

                renewed.Add((JsonNode)uid);
            }
            catch (Exception e) when (e is AgentException or IOException or Host.HostException or UnauthorizedAccessException or DamagedStateException)
            {
                refused.Add((JsonNode)new JsonObject { ["uid"] = uid, ["code"] = (e as AgentException)?.Code ?? "CRT5532", ["message"] = e.Message });
            }
        }

        return Reply.Json(200, new JsonObject { ["renewed"] = renewed, ["refused"] = refused });
    }

    /// <summary>Takes one off and says what was found, or leaves a tombstone.</summary>
    public static JsonNode One(ServedHost host, string uid)
    {
        if (RecoverVerb.FindOrBury(host.State, uid) is not { } folder)
        {
            return Result(uid, Outcome.Clean(""), "tombstone", "");
        }

        var before = QueryVerb.Read(folder).Before;
        var outcome = RecoverVerb.Recover(host.State, folder, why: "it was asked for over the API");
        host.Metrics.Recovered(outcome.IsClean);
        // A folder whose journal was damaged is set aside, and then there is none to read.
        var state = host.State.Find(uid) is { } now ? InjectionJson.StateOf(QueryVerb.Read(now)) : "residue";
        return Result(uid, outcome, state, before);
    }

    private static JsonObject Result(string uid, Outcome outcome, string state, string before) => new()
    {
        ["uid"] = uid,
        ["clean"] = outcome.IsClean,
        ["state"] = state,
        ["fingerprintBefore"] = before,
        ["fingerprintAfter"] = outcome.IsClean ? outcome.Evidence : "",
        ["left"] = outcome.IsClean ? "" : outcome.Evidence,
        ["look"] = outcome.LookWith,
    };

    private static Reply Told(JsonArray results) => Reply.Json(200, new JsonObject { ["results"] = results }) with
    {
        Note = string.Join(' ', results.Select(result => $"{(string?)result!["uid"]}:{(string?)result["state"]}")),
    };
}
