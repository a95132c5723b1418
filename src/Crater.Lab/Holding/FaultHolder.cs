using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using Crater.Diagnostics;
using Crater.Lab.Nodes;
using Crater.Lab.Store;

namespace Crater.Lab.Holding;

/// <summary>Keeps faults in place for as long as somebody renews their leases, and takes them off by itself when nobody does.</summary>
/// <param name="podByUid">A pod that runs and is not being stopped.</param>
/// <param name="isGone">Whether no process of the pod is left and none will come.</param>
internal sealed class FaultHolder(LabFaults faults, Func<string, PodRun?> podByUid, Func<string, bool> isGone, TimeProvider clock)
{
    private readonly ConcurrentDictionary<string, HeldInjection> _held = new();
    private readonly Lock _gate = new();

    public IEnumerable<HeldInjection> All => _held.Values.OrderBy(held => held.Id, StringComparer.Ordinal);

    /// <exception cref="CraterException">CRT6702: recovered before (tombstone). CRT6703: another injection has this id. CRT6704: no such pod. CRT6705: another fault is in the way.</exception>
    public async Task<HeldInjection> InjectAsync(InjectionRequest request, CancellationToken abort)
    {
        var pod = podByUid(request.Uid) ?? throw new CraterException("CRT6704", $"Pod {request.Namespace}/{request.Pod} with uid '{request.Uid}' does not run in this lab; plan the run again.");
        var (held, isNew) = Admit(request);
        await held.Gate.WaitAsync(abort).ConfigureAwait(false);
        try
        {
            ThrowIfOver(held);
            held.RenewedAt = clock.GetTimestamp();
            held.Lease = request.Lease;
            if (isNew)
            {
                await PutOnAsync(held, pod, abort).ConfigureAwait(false);
                held.RenewedAt = clock.GetTimestamp();
            }

            return held;
        }
        finally
        {
            held.Gate.Release();
        }
    }

    /// <exception cref="CraterException">CRT6710: no such injection. CRT6702: it is over.</exception>
    public HeldInjection Renew(string id, TimeSpan lease)
    {
        var held = Find(id);
        lock (_gate)
        {
            ThrowIfOver(held);
            (held.RenewedAt, held.Lease) = (clock.GetTimestamp(), lease);
        }

        return held;
    }

    /// <summary>Takes the fault off and leaves a tombstone, also for an injection that is not known yet. Safe to repeat.</summary>
    /// <exception cref="CraterException">CRT6711: something of it is still there.</exception>
    public async Task<HeldInjection> RecoverAsync(string id, string why)
    {
        var held = _held.GetOrAdd(id, key => new HeldInjection(null, key) { Ended = why });
        await held.Abort.CancelAsync().ConfigureAwait(false);
        await held.Gate.WaitAsync(CancellationToken.None).ConfigureAwait(false);
        try
        {
            lock (_gate)
            {
                held.Ended = held.IsOver ? held.Ended : why;
            }

            await TakeOffAsync(held).ConfigureAwait(false);
            return held;
        }
        finally
        {
            held.Gate.Release();
        }
    }

    /// <exception cref="CraterException">CRT6710: no such injection.</exception>
    public HeldInjection Find(string id) => _held.TryGetValue(id, out var held)
        ? held
        : throw new CraterException("CRT6710", $"The lab holds no injection '{id}' and has never held one.");

    /// <summary>Watches the leases until it is stopped; then takes everything off.</summary>
    public async Task RunAsync(CancellationToken stop)
    {
        using var timer = new PeriodicTimer(Limits.LeaseLook, clock);
        try
        {
            while (await timer.WaitForNextTickAsync(stop).ConfigureAwait(false))
            {
                await RecoverAllAsync(held => held.HasRunOut(clock), "the lease ran out").ConfigureAwait(false);
                await LetGoOfTheGoneAsync().ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException)
        {
            await RecoverAllAsync(_ => true, "the lab was stopped").ConfigureAwait(false);
        }
    }

    /// <summary>What "as it was" means for a fault on a pod, without what other injections have put on it.</summary>
    public string Fingerprint(string fault, string uid, string injection)
    {
        var others = _held.Values.Where(held => !held.IsOver && held.Id != injection && held.Request?.Uid == uid).ToList();
        var pod = podByUid(uid);
        return Fingerprints.Of(fault, pod, faults.Edges, others);
    }

    /// <summary>Repeats what failed for as long as the lab lives: an injection that is over stays in this list until it is absent.</summary>
    private async Task RecoverAllAsync(Func<HeldInjection, bool> which, string why)
    {
        foreach (var held in _held.Values.Where(held => held.IsOver ? held.Fault?.Look().IsPresent == true : which(held)).ToList())
        {
            try
            {
                await RecoverAsync(held.Id, why).ConfigureAwait(false);
            }
            catch (CraterException)
            {
                // It is still there and is seen as such; the next look tries again.
            }
        }
    }

    /// <summary>Takes off what is on pods that are gone. Not the end of the injection: who holds it may go on renewing it until its time is over.</summary>
    private async Task LetGoOfTheGoneAsync()
    {
        foreach (var held in _held.Values.Where(held => !held.IsOver && held.Fault is not null && isGone(held.Request!.Uid)).ToList())
        {
            if (!await held.Gate.WaitAsync(TimeSpan.Zero, CancellationToken.None).ConfigureAwait(false))
            {
                continue;   // Somebody puts it on or takes it off just now; other leases must not wait for that.
            }

            try
            {
                await RemoveAsync(held.Fault!).ConfigureAwait(false);
            }
            finally
            {
                held.Gate.Release();
            }
        }
    }

    private (HeldInjection Held, bool IsNew) Admit(InjectionRequest request)
    {
        lock (_gate)
        {
            if (_held.TryGetValue(request.Id, out var known))
            {
                ThrowIfOver(known);
                return JsonNode.DeepEquals(known.Request!.Json()["arguments"], request.Json()["arguments"]) && known.Request.Fault == request.Fault && known.Request.Uid == request.Uid
                    ? (known, false)
                    : throw new CraterException("CRT6703", $"Injection '{request.Id}' is {known.Request.Fault} on pod {known.Request.Pod}; another fault needs another id.");
            }

            var fault = faults.Describe(request);
            var first = fault.Exclusive.Length == 0 ? null : _held.Values.FirstOrDefault(held =>
                !held.IsOver && held.Request?.Uid == request.Uid && held.Fault?.Exclusive == fault.Exclusive);
            if (first is not null)
            {
                throw new CraterException("CRT6705", $"{request.Fault} cannot be put on pod {request.Pod} while injection '{first.Id}' ({first.Request!.Fault}) is in place there; recover that one first.");
            }

            var held = new HeldInjection(request, request.Id) { Fault = fault, RenewedAt = clock.GetTimestamp(), Lease = request.Lease + Limits.FillPatience };
            _held[request.Id] = held;
            return (held, true);
        }
    }

    private async Task PutOnAsync(HeldInjection held, PodRun pod, CancellationToken abort)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(abort, held.Abort.Token);
        try
        {
            await held.Fault!.PutOnAsync(pod, either.Token).ConfigureAwait(false);
        }
        catch
        {
            held.Ended = "it could not be put on";
            await TakeOffAsync(held).ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>One try; whether it worked is for <see cref="HeldFault.Look"/> to say.</summary>
    private async Task RemoveAsync(HeldFault fault)
    {
        try
        {
            await fault.TakeOffAsync().WaitAsync(Limits.RemovalPatience, clock).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            // It is still there and is seen as such; the next look tries again.
        }
    }

    private async Task TakeOffAsync(HeldInjection held)
    {
        var began = clock.GetTimestamp();
        while (held.Fault is { } fault)
        {
            await RemoveAsync(fault).ConfigureAwait(false);
            if (!fault.Look().IsPresent)
            {
                return;
            }

            if (clock.GetElapsedTime(began) > Limits.RemovalPatience)
            {
                throw new CraterException("CRT6711", $"Injection '{held.Id}' was taken off, but {fault.Look().Seen}; the lab goes on trying.");
            }

            await Task.Delay(TimeSpan.FromMilliseconds(10), clock, CancellationToken.None).ConfigureAwait(false);
        }
    }

    private static void ThrowIfOver(HeldInjection held)
    {
        if (held.IsOver)
        {
            throw new CraterException("CRT6702", $"Injection '{held.Id}' is over ({held.Ended}); an injection that was recovered is never put on again.");
        }
    }
}
