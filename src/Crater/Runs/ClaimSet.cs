using System.Collections.Concurrent;
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
    private readonly ConcurrentQueue<Claim> _held = new();

    /// <summary>Claims every target, or none that stays. What is held already has to be renewed meanwhile.</summary>
    /// <exception cref="CraterException">CRT3020: another run holds one of them.</exception>
    /// <exception cref="TimeoutException">One of them was not to be had within <see cref="Limits.ClaimMax"/>.</exception>
    public async Task ClaimAsync(CancellationToken abort)
    {
        foreach (var claim in _wanted)
        {
            _asked.Add(claim);      // an answer that gets lost may still be a claim that was made
            await AskPatientlyAsync(claim, abort);
            _held.Enqueue(claim);
            record.Append(new TargetClaimed(claim.Target.Value));
        }
    }

    public async Task RenewAsync(CancellationToken abort)
    {
        foreach (var claim in _held)
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

    // Asked anew rather than waited for: a lease counts from some moment after it was asked for, so what is answered late may be over soon.
    private async Task AskPatientlyAsync(Claim claim, CancellationToken abort)
    {
        var began = clock.GetTimestamp();
        while (true)
        {
            try
            {
                await AskAsync(claim, abort);
                return;
            }
            catch (TimeoutException) when (clock.GetElapsedTime(began) < Limits.ClaimMax)
            {
                // Nothing is at stake yet.
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
