using Crater.Drivers;
using Crater.Journals;

namespace Crater.Runs;

/// <summary>One injection's recovery: taken off, looked at, taken off again if it is still there, until it is clean or the budget is out.</summary>
internal sealed class RecoveryAttempt(IDriver driver, OutstandingInjection one, TimeProvider clock, RunRecord record)
{
    private bool _isLifted;
    private Inspection? _seen;

    /// <summary>Why it is not clean, in one sentence.</summary>
    public string Trouble { get; private set; } = "";

    /// <returns>A certificate that is clean or attested, or null when the budget was out before.</returns>
    public async Task<Certificate?> RunAsync(TaskCompletionSource tried)
    {
        var started = clock.GetTimestamp();
        for (var wait = Limits.BackOffMin; ; wait = TimeSpan.FromTicks(Math.Min(wait.Ticks * 2, Limits.BackOffMax.Ticks)))
        {
            var certificate = await TryOnceAsync(tried);
            if (certificate is not null)
            {
                return certificate;
            }

            if (clock.GetElapsedTime(started) >= Budget())
            {
                return null;
            }

            await Task.Delay(wait, clock, CancellationToken.None);
        }
    }

    // A fault that is known to be off leaves only healing to wait for; as long as it may be on, the shorter budget counts.
    private TimeSpan Budget() => _isLifted && _seen is { Presence: Presence.Absent } ? Limits.HealingBudget : Limits.RecoveryBudget + driver.Pace.Recover;

    private async Task<Certificate?> TryOnceAsync(TaskCompletionSource tried)
    {
        try
        {
            if (!_isLifted)
            {
                await driver.RecoverAsync(one.Injection, one.Preparation, CancellationToken.None);
                _isLifted = true;
                record.Note(new InjectionLifted(one.Injection.Sequence));
            }

            tried.TrySetResult();
            _seen = await driver.InspectAsync(one.Injection, one.Preparation, CancellationToken.None);
            _isLifted = _seen.Presence != Presence.Present;
        }
        catch (Exception e)     // a call that fails is tried again; only the budget ends recovery
        {
            _seen = null;
            Trouble = e.Message;
            tried.TrySetResult();
            return null;
        }

        return Judge(_seen);
    }

    private Certificate? Judge(Inspection seen)
    {
        var certificate = new Certificate
        {
            Sequence = one.Injection.Sequence,
            Before = one.Preparation.Before,
            After = seen.Now,
            Presence = seen.Presence,
            Evidence = seen.Evidence,
            Unseen = seen.Unseen,
        };
        Trouble = seen.Presence == Presence.Absent
            ? $"The fault is off, but the target is not as it was: before '{one.Preparation.Before.Text}', now '{seen.Now?.Text ?? "unknown"}'. {seen.Evidence}"
            : $"The fault may still be there ({seen.Presence}): {seen.Evidence}";
        return certificate.IsClean || certificate.IsAttested ? certificate : null;
    }
}
