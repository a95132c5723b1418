using System.Text.Json.Nodes;
using Crater.Cli.Composition;
using Crater.Cli.Terminal;
using Crater.Kubernetes.Keeping;

namespace Crater.Cli.Verbs;

/// <summary>Shows what is held in the cluster, of all runs and from any machine: what <c>--all</c> is about.</summary>
internal static class HeldShow
{
    /// <summary>Everything that is held now; nothing where there is no cluster.</summary>
    public static async Task<IReadOnlyList<HeldChange>> ListAsync(ClusterBench bench) => bench.Keeper is { } keeper ? await keeper.ListAsync(CancellationToken.None) : [];

    public static void Say(IReadOnlyList<HeldChange> held, Output output)
    {
        foreach (var change in held)
        {
            output.Line($"{change.Fault} on {change.Target} is held by {change.Run} until {change.Deadline:HH:mm:ss}Z{(change.Problem.Length > 0 ? $" — RESIDUE: {change.Problem}" : "")}");
        }
    }

    /// <summary>That nothing is held, as far as it could be looked.</summary>
    /// <param name="bench">Where it was looked.</param>
    /// <param name="whose">For example <c>chaos-1a2b3c4d</c>.</param>
    public static string Nothing(ClusterBench bench, string whose = "ours") => bench.Keeper is { Closed: { Count: > 0 } closed }
        ? $"Nothing of {whose} is held in what may be looked at; not listed, for want of the right, were {string.Join("; ", closed)}."
        : $"Nothing of {whose} is held in the cluster.";

    public static JsonArray Json(IReadOnlyList<HeldChange> held) => new([.. held.Select(change => (JsonNode)new JsonObject
    {
        ["target"] = change.Target.Value, ["run"] = change.Run, ["fault"] = change.Fault, ["problem"] = change.Problem,
    })]);

    /// <summary>Whether a change that is held is one that nobody can take off.</summary>
    public static bool HasResidue(IReadOnlyList<HeldChange> held) => held.Any(change => change.Problem.Length > 0);
}
