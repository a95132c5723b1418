using System.Text.Json.Nodes;
using Crater.Kubernetes.Client;
using Crater.Kubernetes.Drivers;

namespace Crater.Kubernetes.Operator;

/// <summary>
/// One leader among all processes that name the same Lease. A Lease counts as abandoned when it was not seen to change for its whole duration by this
/// process's own clock, so clocks that differ do no harm; every write names the version that was read, so of two that take it at once one fails.
/// </summary>
public sealed class LeaderElection(KubernetesClient client, OperatorOptions options, TimeProvider clock)
{
    internal const string Label = "crater.dev/operator";
    internal const string ScopeKey = "crater.dev/scope";

    private string _seen = "";
    private long _seenAt;
    private bool _isTaken;
    private JsonObject? _written;

    /// <summary>Who leads, as far as is known; empty for nobody.</summary>
    public string Leader { get; private set; } = "";

    /// <summary>Why the Lease could not be asked for or is not taken; empty when nothing is wrong.</summary>
    public string Problem { get; private set; } = "";

    /// <summary>Stands by, leads, stands by again, until stopped; gives the Lease back then.</summary>
    /// <param name="lead">Does the leader's work and returns soon after the leadership is over. Recovery may go on behind it.</param>
    public async Task RunAsync(Func<Leadership, Task> lead, CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            var asked = clock.GetTimestamp();
            if (await TakeAsync(isLeader: false, stop))
            {
                using var leadership = new Leadership(options.Times, clock);
                leadership.Renewed(asked);
                var work = lead(leadership);
                await HoldAsync(leadership, work, stop);
                leadership.End();
                await work;
                await GiveBackAsync(stop);
            }

            await Task.Delay(options.Times.TryEvery, clock, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task HoldAsync(Leadership leadership, Task work, CancellationToken stop)
    {
        while (!stop.IsCancellationRequested && !work.IsCompleted)
        {
            // In steps of a second at most, so that the end is noticed when it is due though an answer hangs.
            using var limit = CancellationTokenSource.CreateLinkedTokenSource(stop);
            var left = leadership.Left;
            if (left <= TimeSpan.Zero)
            {
                options.Log($"Leadership is over: the Lease {options.Installation} could not be renewed within {options.Times.RenewWithin.TotalSeconds:0} s. {Problem}");
                return;
            }

            limit.CancelAfter(left);
            var asked = clock.GetTimestamp();
            if (await TakeAsync(isLeader: true, limit.Token))
            {
                leadership.Renewed(asked);
            }
            else if (_isTaken)
            {
                options.Log($"Leadership is over: the Lease {options.Installation} was taken over by {(Leader.Length > 0 ? Leader : "nobody")}.");
                return;
            }

            await Task.WhenAny(work, Task.Delay(options.Times.TryEvery, clock, limit.Token));
        }
    }

    /// <returns>Whether the Lease is ours now.</returns>
    private async Task<bool> TakeAsync(bool isLeader, CancellationToken stop)
    {
        try
        {
            if (isLeader && await RenewAsync(stop))
            {
                return true;
            }

            var found = await client.FindAsync(Resource.Leases, options.Home, OperatorOptions.LeaseName, stop);
            var mine = found is null || Observe(found, isLeader);
            if (mine && !isLeader)
            {
                await OverlappingOperators.RefuseAsync(client, options, found, stop);
            }

            if (mine)
            {
                await WriteAsync(found, options.Identity, stop);
                Leader = options.Identity;
            }

            Problem = "";
            return mine;
        }
        catch (Diagnostics.CraterException e)
        {
            var problem = $"{e.Code}: {e.Message}";
            if (e is not KubernetesException { IsConflict: true } and not KubernetesException { AlreadyExists: true } && Problem != problem)
            {
                Problem = problem;
                options.Log($"The Lease {options.Installation} could not be had: {problem}");
            }

            return false;
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }

    // One request where nobody else has written since: it names the version, so nothing is lost by not looking first.
    private async Task<bool> RenewAsync(CancellationToken stop)
    {
        if (_written is not { } last)
        {
            return false;
        }

        _written = null;
        try
        {
            await WriteAsync(last, options.Identity, stop);
            Problem = "";
            return true;
        }
        catch (KubernetesException e) when (e.IsConflict || e.IsNotFound)
        {
            return false;
        }
    }

    /// <returns>Whether it may be taken or renewed.</returns>
    private bool Observe(JsonObject lease, bool isLeader)
    {
        Leader = lease.Text("spec", "holderIdentity");
        _isTaken = !IsOurs(lease);
        if (lease.ResourceVersion() != _seen)
        {
            (_seen, _seenAt) = (lease.ResourceVersion(), clock.GetTimestamp());
        }

        return isLeader ? IsOurs(lease)
            : Leader.Length == 0 || Leader == options.Identity || clock.GetElapsedTime(_seenAt) >= Duration(lease);
    }

    private bool IsOurs(JsonObject lease) => lease.Text("spec", "holderIdentity") == options.Identity && lease.Annotation(Voucher.IncarnationKey) == options.Incarnation;

    private TimeSpan Duration(JsonObject lease) => lease.Integer("spec", "leaseDurationSeconds") is { } seconds ? TimeSpan.FromSeconds(seconds) : options.Times.Lease;

    private async Task WriteAsync(JsonObject? found, string holder, CancellationToken stop)
    {
        var now = await client.ServerNowAsync(stop);
        var lease = Leases.Of(OperatorOptions.LeaseName, options.Home, Label, Leases.Spec(holder, options.Times.Lease, now));
        var isSame = found is not null && found.Text("spec", "holderIdentity") == holder;
        lease["spec"]!["acquireTime"] = isSame && found.Text("spec", "acquireTime") is { Length: > 0 } since ? since : lease.Text("spec", "renewTime");
        lease["spec"]!["leaseTransitions"] = (found.Integer("spec", "leaseTransitions") ?? 0) + (found is null || isSame ? 0 : 1);
        lease["metadata"]!["annotations"] = new JsonObject
        {
            [ScopeKey] = options.Namespaces.Count == 0 ? "*" : string.Join(',', options.Namespaces),
            [Voucher.IncarnationKey] = options.Incarnation,
        };
        if (found is null)
        {
            _written = await client.CreateAsync(Resource.Leases, options.Home, lease, stop);
            return;
        }

        lease["metadata"]!["resourceVersion"] = found.ResourceVersion();
        _written = await client.UpdateAsync(Resource.Leases, options.Home, OperatorOptions.LeaseName, lease, null, stop);
    }

    // So that the next one need not wait. Only what is still ours, and only when all work is done.
    private async Task GiveBackAsync(CancellationToken stop)
    {
        using var limit = new CancellationTokenSource(options.Times.TryEvery, clock);
        try
        {
            var found = await client.FindAsync(Resource.Leases, options.Home, OperatorOptions.LeaseName, limit.Token);
            if (stop.IsCancellationRequested && found is not null && IsOurs(found))
            {
                await WriteAsync(found, "", limit.Token);
            }
        }
        catch (Exception e) when (e is KubernetesException or OperationCanceledException)
        {
            // It runs out by itself.
        }
    }
}
