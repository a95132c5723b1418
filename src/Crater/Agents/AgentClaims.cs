using Crater.Diagnostics;
using Crater.Drivers;
using Crater.Targets;

namespace Crater.Agents;

/// <summary>
/// Who holds what on hosts. craterd itself keeps the claims: what is in place there was put there by a run, whose name and target it knows, and it refuses what would
/// collide. So a claim stands as long as its injection, and needs no renewing of its own; a run that has claimed and not yet injected is not seen by others.
/// </summary>
public sealed class AgentClaims(AgentFleet fleet) : IClaims
{
    private const string Open = "/v1/query?state=intended,injected,recovering,residue";

    /// <exception cref="CraterException">CRT5710 to CRT5715: a host could not be asked, so what is held there is not known.</exception>
    public async Task<IReadOnlyList<Claim>> ListAsync(CancellationToken abort)
    {
        var answers = await fleet.MustAskAsync(fleet.Clients, HeldAsync, abort).ConfigureAwait(false);
        return [.. answers.SelectMany(one => one.Answer)];
    }

    public async Task<RunId?> ClaimAsync(Claim claim, TimeSpan lease, CancellationToken abort)
    {
        var held = await HeldAsync(fleet.Of(HostOf(claim.Target)), abort).ConfigureAwait(false);
        return held.FirstOrDefault(other => other.Target == claim.Target && other.Run != claim.Run)?.Run;
    }

    /// <summary>The claim went with the injection.</summary>
    public Task ReleaseAsync(Claim claim, CancellationToken budget) => Task.CompletedTask;

    /// <summary>Whether the target is on a host.</summary>
    internal static bool IsOnHost(TargetId target) =>
        new[] { TargetKind.Host, TargetKind.Process, TargetKind.Container }.Any(kind => target.Value.StartsWith(TargetId.Text(kind) + "/", StringComparison.Ordinal));

    /// <summary>What craterd keeps beside an injection: <c>chaos-1a2b3c4d process/db1/redis-server:4242</c>.</summary>
    internal static string CreatorOf(Injection injection) => $"{injection.Run} {injection.Target.Id}";

    private static string HostOf(TargetId target) => target.Value.Split('/')[1];

    private static async Task<IReadOnlyList<Claim>> HeldAsync(AgentClient client, CancellationToken abort) =>
        [.. (await client.GetAsync(Open, abort).ConfigureAwait(false)).Each("injections").Select(injection => Read(injection.Word("creator"))).OfType<Claim>()];

    // What others than runs have injected has no run to name; craterd refuses what collides with it.
    private static Claim? Read(string creator)
    {
        if (creator.Split(' ', 2) is not [var run, var target] || !RunId.TryParse(run, out var id) || !IsOnHost(new TargetId(target)))
        {
            return null;
        }

        var colon = target.LastIndexOf(':');
        return new Claim(new TargetId(target), colon < 0 ? target : target[..colon], id);
    }
}
