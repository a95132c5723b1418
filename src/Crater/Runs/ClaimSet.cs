using Crater.Diagnostics;
using Crater.Drivers;
using Crater.Journals;
using Crater.Targets;

namespace Crater.Runs;

/// <summary>The targets that one run holds, so that no other run touches them at the same time.</summary>
internal sealed class ClaimSet(IEnumerable<Injection> injections, IClaims claims, RunRecord record, TimeProvider clock)
{
    private readonly IReadOnlyList<Claim> _wanted = [.. injections.Select(one => new Claim(one.Target.Id, one.Target.Component, one.Run)).Distinct()];
    private readonly List<Claim> _asked = [];

    /// <summary>Claims every target, or none that stays.</summary>
    /// <exception cref="CraterException">CRT3020: another run holds one of them.</exception>
    public async Task ClaimAsync(CancellationToken abort)
    {
        foreach (var claim in _wanted)
        {
            _asked.Add(claim);      // an answer that gets lost may still be a claim that was made
            await AskAsync(claim, abort);
            record.Append(new TargetClaimed(claim.Target.Value));
        }
    }

    public async Task RenewAsync(CancellationToken abort)
    {
        foreach (var claim in _asked.ToArray())
        {
            await AskAsync(claim, abort);
        }
    }

    /// <summary>Gives everything back. What cannot be given back runs out by itself.</summary>
    public Task ReleaseAsync() => ReleaseAsync(_asked);

    /// <summary>Gives back what a dead process of this run may have claimed.</summary>
    public Task ReleaseLeftAsync() => ReleaseAsync(_wanted);

    private async Task ReleaseAsync(IEnumerable<Claim> held)
    {
        foreach (var claim in held)
        {
            try
            {
                using var budget = new CancellationTokenSource(Limits.RenewMax, clock);
                await claims.ReleaseAsync(claim, budget.Token).WaitAsync(budget.Token);
                record.Note(new TargetReleased(claim.Target.Value));
            }
            catch (Exception)
            {
                // The claim ends by its own lease; the next run on this target waits that long.
            }
        }
    }

    private async Task AskAsync(Claim claim, CancellationToken abort)
    {
        using var deadline = new CancellationTokenSource(Limits.RenewMax, clock);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, abort);
        RunId? holder;
        try
        {
            holder = await claims.ClaimAsync(claim, Limits.LeaseDuration, both.Token).WaitAsync(both.Token);
        }
        catch (OperationCanceledException) when (!abort.IsCancellationRequested)
        {
            throw new TimeoutException($"Claiming {claim.Target} took longer than {Durations.Text(Limits.RenewMax)}.");
        }

        if (holder is { } other && other != claim.Run)
        {
            throw new CraterException("CRT3020",
                $"{claim.Target} is held by run {other}. Wait until that run has ended ('craterctl status {other}'), or choose another target.");
        }
    }
}
