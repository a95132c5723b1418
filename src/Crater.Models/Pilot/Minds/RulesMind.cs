using System.Globalization;
using System.Text.Json.Nodes;

namespace Crater.Models.Pilot.Minds;

/// <summary>The rules in a model's place: the advisor's proposals in its order, each as the catalogue has it first, then harder; a wanted load in steps.</summary>
internal sealed class RulesMind(PilotSession session) : IMind
{
    /// <summary>Of the load that is wanted.</summary>
    private static readonly double[] Steps = [0.1, 0.25, 0.5, 1];

    private readonly HashSet<(string, Intensity)> _asked = [];
    private int _calls;
    private int _step;

    public string Name => "rules";

    public Task<ModelAnswer> NextAsync(IReadOnlyList<Message> messages, CancellationToken abort)
    {
        abort.ThrowIfCancellationRequested();
        return Task.FromResult(session.Options.Objective.Users > 0 ? Load() : Test());
    }

    private ModelAnswer Test()
    {
        var order = session.Digest.Shortlist.Rules.Proposals.Select((proposal, i) => (proposal.Id, i)).ToDictionary(pair => pair.Id, pair => pair.i, StringComparer.Ordinal);
        var next = session.Left().Where(one => !_asked.Contains((one.Id, one.Intensity))).OrderBy(one => one.Intensity).ThenBy(one => order.GetValueOrDefault(one.Offer.Id, int.MaxValue)).Take(1).ToArray();
        // Who was told no does not ask again.
        _asked.UnionWith(next.Select(one => (one.Id, one.Intensity)));
        return next.Length == 0
            ? Call("finish", new JsonObject { ["outcome"] = "nothing_left", ["reason"] = "every candidate has been tried" })
            : Call("start", new JsonObject { ["candidate"] = next[0].Id, ["intensity"] = TrialMemory.Name(next[0].Intensity) });
    }

    private ModelAnswer Load()
    {
        if (_step == Steps.Length || session.Options.Routes.Count == 0)
        {
            return Call("finish", new JsonObject { ["outcome"] = "nothing_left", ["reason"] = session.Options.Routes.Count == 0 ? "there is no route that could be asked" : "every step has been tried" });
        }

        var wanted = session.Options.Objective.Users;
        var (most, _) = LoadSteps.Most(session.Options, session.Stresses);
        var users = Math.Min(most, (int)Math.Ceiling(wanted * Steps[_step]));
        _step += users >= wanted * Steps[_step] ? 1 : 0;
        return Call("stress_api", new JsonObject { ["route"] = "1", ["users"] = users, ["seconds"] = null });
    }

    private ModelAnswer Call(string tool, JsonObject arguments) => new()
    {
        Text = "",
        ToolCalls = [new ToolCall($"rules-{(++_calls).ToString(CultureInfo.InvariantCulture)}", tool, arguments.ToJsonString())],
        Finish = Finish.ToolCalls,
        Usage = Usage.None,
    };
}
