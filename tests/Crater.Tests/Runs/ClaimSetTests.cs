using Crater.Diagnostics;
using Crater.Drivers;
using Crater.Journals;
using Crater.Runs;
using Crater.Tests.Kubernetes.Client;
using Crater.Tests.Runs.Documents;
using Xunit;

namespace Crater.Tests.Runs;

public sealed class ClaimSetTests
{
    private readonly LeapingClock _clock = new();

    [Fact]
    public async Task A_claim_that_is_answered_late_is_asked_for_again_before_the_run_gives_up()
    {
        var claims = new SlowClaims(silent: 3);
        await Set(claims, "carts-1").ClaimAsync(TestContext.Current.CancellationToken);
        Assert.Equal(4, claims.Asked.Count);
        Assert.InRange(_clock.Pauses.Count(pause => pause == Limits.RenewMax), 3, 4);
    }

    [Fact]
    public async Task A_claim_that_is_never_answered_ends_the_run_before_anything_is_touched()
    {
        var claims = new SlowClaims(silent: 1000);
        var error = await Assert.ThrowsAsync<TimeoutException>(() => Set(claims, "carts-1").ClaimAsync(TestContext.Current.CancellationToken));
        Assert.Equal("Claiming pod/shop/carts-1 took longer than 4s.", error.Message);
        Assert.Equal(Limits.ClaimMax / Limits.RenewMax, claims.Asked.Count);
    }

    [Fact]
    public async Task What_another_run_holds_is_not_asked_for_again()
    {
        var claims = new SlowClaims(silent: 0, holder: new RunId("chaos-0000ffff"));
        var error = await Assert.ThrowsAsync<CraterException>(() => Set(claims, "carts-1").ClaimAsync(TestContext.Current.CancellationToken));
        Assert.Equal(("CRT3020", 1), (error.Code, claims.Asked.Count));
    }

    [Fact]
    public async Task Only_what_is_held_is_renewed_while_the_rest_is_waited_for()
    {
        var claims = new SlowClaims(silent: 0);
        var set = Set(claims, "carts-1", "carts-2");
        claims.Before = asked => asked.Target.Value.EndsWith("carts-2", StringComparison.Ordinal) && claims.Asked.Count == 2 ? set.RenewAsync(TestContext.Current.CancellationToken) : Task.CompletedTask;
        await set.ClaimAsync(TestContext.Current.CancellationToken);
        Assert.Equal(["pod/shop/carts-1", "pod/shop/carts-2", "pod/shop/carts-1"], claims.Asked.Select(claim => claim.Target.Value));
    }

    private ClaimSet Set(IClaims claims, params string[] pods) =>
        new(pods.Select((pod, i) => Some.Injection(i + 1, pod)), claims, new RunRecord(new MemoryJournal(_clock), watcher: null), _clock);

    /// <param name="silent">So many requests at first get no answer.</param>
    private sealed class SlowClaims(int silent, RunId? holder = null) : IClaims
    {
        public List<Claim> Asked { get; } = [];

        public Func<Claim, Task> Before { get; set; } = _ => Task.CompletedTask;

        public Task<IReadOnlyList<Claim>> ListAsync(CancellationToken abort) => Task.FromResult<IReadOnlyList<Claim>>([]);

        public async Task<RunId?> ClaimAsync(Claim claim, TimeSpan lease, CancellationToken abort)
        {
            Asked.Add(claim);
            await Before(claim);
            if (Asked.Count <= silent)
            {
                await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, abort);
            }

            return holder;
        }

        public Task ReleaseAsync(Claim claim, CancellationToken budget) => Task.CompletedTask;
    }
}
