using System.Text.Json.Nodes;
using Crater.Diagnostics;
using Crater.Drivers;
using Crater.Kubernetes.Client;

namespace Crater.Kubernetes.Drivers;

/// <summary>
/// The claims of one namespace: one Lease object that lists them all. What many ask for at one time is one write. Whoever writes second on the same version loses, and looks
/// again, so that two machines cannot both get a target.
/// </summary>
/// <param name="voucher">Whose Lease vouches for the claims of this process; null for nobody's.</param>
internal sealed class ClaimDesk(KubernetesClient client, string space, Voucher? voucher)
{
    public const string Name = "crater-claims";
    public const string Label = "crater.dev/claims";

    /// <summary>Tries against others who claim at the same time; every conflict means that somebody else wrote.</summary>
    private const int ConflictsMax = 10;

    /// <summary>What all annotations of an object may have together is 256 KiB, others' included.</summary>
    private const int BytesMax = 240 * 1024;

    /// <summary>Who holds many things waits so long for more of them to write together: a claim delays an injection, giving back delays nobody.</summary>
    private static readonly TimeSpan ClaimsGather = TimeSpan.FromSeconds(0.2);
    private static readonly TimeSpan ReleasesGather = TimeSpan.FromSeconds(1);

    /// <summary>
    /// Runs that renew what this process vouches for are answered by what stood in the list when it was last read: for so long at once, and after that for as long as a lease
    /// while it is read anew. It stands there for longer, and what it stands by, the Lease that vouches, is watched by itself.
    /// </summary>
    private static readonly TimeSpan FreshFor = TimeSpan.FromSeconds(4.5);

    private readonly Lock _gate = new();
    private List<Request> _waiting = [];
    private bool _isWorking;
    private Look? _last;

    /// <returns>The run that holds the target already, or null when the claim is now ours.</returns>
    public Task<RunId?> ClaimAsync(Claim claim, TimeSpan lease, CancellationToken abort)
    {
        if (voucher is null || Volatile.Read(ref _last) is not { } look || !look.Confirms(claim) || look.Age >= lease)
        {
            return AskAsync(new Request(claim, lease), abort);
        }

        if (look.Age >= FreshFor)
        {
            _ = AskAsync(new Request(claim, lease), CancellationToken.None);
        }

        return Task.FromResult<RunId?>(null);
    }

    public Task ReleaseAsync(Claim claim, CancellationToken budget) => AskAsync(new Request(claim, null), budget);

    /// <summary>Deletes the claims that ran out: those of runs that died.</summary>
    public Task SweepAsync(CancellationToken budget) => AskAsync(new Request(null, null), budget);

    // In the order in which they were asked. Who no longer waits is served all the same: a claim that was given up is released by whoever asked for it, after it.
    private Task<RunId?> AskAsync(Request request, CancellationToken abort)
    {
        lock (_gate)
        {
            _waiting.Add(request);
            if (!_isWorking)
            {
                _isWorking = true;
                _ = Task.Run(WorkAsync, CancellationToken.None);
            }
        }

        return request.Answer.Task.WaitAsync(abort);
    }

    private async Task WorkAsync()
    {
        while (true)
        {
            List<Request> batch;
            await GatherAsync();
            lock (_gate)
            {
                (batch, _waiting) = (_waiting, []);
                _isWorking = batch.Count > 0;
            }

            if (batch.Count == 0)
            {
                return;
            }

            try
            {
                await DoAsync(batch);
            }
            catch (Exception e)
            {
                batch.ForEach(request => request.Answer.TrySetException(e));
            }
        }
    }

    private async Task GatherAsync()
    {
        for (var waited = TimeSpan.Zero; voucher is not null && waited < ReleasesGather; waited += ClaimsGather)
        {
            await Task.Delay(ClaimsGather, TimeProvider.System, CancellationToken.None);
            lock (_gate)
            {
                if (_waiting.Exists(request => request.Lease is not null))
                {
                    return;
                }
            }
        }
    }

    private async Task DoAsync(List<Request> batch)
    {
        for (var attempt = 1; ; attempt++)
        {
            var began = TimeProvider.System.GetTimestamp();
            var seen = await client.FindAsync(Resource.Leases, space, Name, CancellationToken.None);
            var now = await client.ServerNowAsync(CancellationToken.None);
            var before = ClaimEntry.AllOf(seen);
            var after = before.ToDictionary(StringComparer.Ordinal);
            var dead = await Vouchers.DeadAsync(client, before.Values.Select(entry => entry?.VouchedBy ?? "").Where(other => other != voucher?.Text), CancellationToken.None);
            foreach (var (key, _) in before.Where(one => one.Value is { } entry && (entry.HasExpired(now) || dead.Contains(entry.VouchedBy))))
            {
                after.Remove(key);
            }

            var list = new Sized(after);
            var answers = batch.Select(request => Decide(request, list, now)).ToList();
            try
            {
                await WriteAsync(seen, before, after);
                Volatile.Write(ref _last, new Look(after, now, began));
                batch.Zip(answers).ToList().ForEach(pair => pair.Second(pair.First.Answer));
                return;
            }
            catch (KubernetesException e) when ((e.IsConflict || e.AlreadyExists || e.IsNotFound) && attempt < ConflictsMax)
            {
                // Somebody else claimed, renewed or released in between; look again.
            }
        }
    }

    // Changes the list as the request asks, and says what is to be answered when it is written.
    private Action<TaskCompletionSource<RunId?>> Decide(Request request, Sized list, DateTimeOffset now)
    {
        if (request.Claim is not { } claim)
        {
            return answer => answer.TrySetResult(null);
        }

        var key = ClaimEntry.KeyOf(claim.Target);
        var isThere = list.Entries.TryGetValue(key, out var held);
        if (isThere && held is null && request.Lease is not null)
        {
            return answer => answer.TrySetException(new CraterException("CRT3114",
                $"The claim on '{claim.Target}' in the Lease {space}/{Name}, annotation {key}, cannot be read. Find out who wrote it, and take it out when it is stale."));
        }

        if (isThere && held?.Claim.Run != claim.Run)
        {
            return answer => answer.TrySetResult(held?.Claim.Run);
        }

        if (request.Lease is not { } lease)
        {
            list.Entries.Remove(key);
        }
        else if (voucher is null || held is null || IsDue(held, now))
        {
            var entry = new ClaimEntry(claim, now + (voucher is null ? lease : Tenure.HeldFor), voucher?.Text ?? "");
            if (!isThere && !list.TakesAnother(key, entry))
            {
                return answer => answer.TrySetException(new CraterException("CRT3115",
                    $"Runs hold {list.Entries.Count} targets in the namespace {space}, and their list in the Lease {space}/{Name} takes no more, so '{claim.Target}' cannot be claimed. Wait until some have ended, or spread them over namespaces."));
            }

            list.Entries[key] = entry;
        }

        return answer => answer.TrySetResult(null);
    }

    private static bool IsDue(ClaimEntry entry, DateTimeOffset now) => entry.Until - now < Tenure.HeldFor / 2;

    private async Task WriteAsync(JsonObject? seen, IReadOnlyDictionary<string, ClaimEntry?> before, Dictionary<string, ClaimEntry?> after)
    {
        var changed = before.Keys.Union(after.Keys).Where(key => !(before.TryGetValue(key, out var was) && after.TryGetValue(key, out var now) && was == now)).ToList();
        if (changed.Count == 0)
        {
            return;
        }

        if (seen is not null && after.Count == 0)
        {
            await client.DeleteAsync(Resource.Leases, space, Name, new DeleteRequest { Uid = seen.Uid(), ResourceVersion = seen.ResourceVersion() }, CancellationToken.None);
            return;
        }

        var annotations = new JsonObject(changed.Select(key => KeyValuePair.Create(key, after.TryGetValue(key, out var entry) ? (JsonNode?)entry!.Text : null)));
        if (seen is null)
        {
            var made = Leases.Of(Name, space, Label, new JsonObject());
            made["metadata"]!["annotations"] = annotations;
            await client.CreateAsync(Resource.Leases, space, made, CancellationToken.None);
            return;
        }

        var metadata = new JsonObject { ["resourceVersion"] = seen.ResourceVersion(), ["uid"] = seen.Uid(), ["annotations"] = annotations };
        await client.PatchAsync(Resource.Leases, space, Name, PatchForm.Merge, new JsonObject { ["metadata"] = metadata }, null, CancellationToken.None);
    }

    /// <summary>What stood in the list at a moment.</summary>
    /// <param name="Now">By the server's clock.</param>
    /// <param name="Asked">When it was asked for, by this process's.</param>
    private sealed record Look(IReadOnlyDictionary<string, ClaimEntry?> Entries, DateTimeOffset Now, long Asked)
    {
        public TimeSpan Age => TimeProvider.System.GetElapsedTime(Asked);

        public bool Confirms(Claim claim) => Entries.GetValueOrDefault(ClaimEntry.KeyOf(claim.Target)) is { } entry && entry.Claim == claim && !IsDue(entry, Now);
    }

    private sealed class Sized(Dictionary<string, ClaimEntry?> entries)
    {
        private int _bytes = entries.Sum(one => one.Key.Length + (one.Value?.Text.Length ?? 0));

        public Dictionary<string, ClaimEntry?> Entries => entries;

        public bool TakesAnother(string key, ClaimEntry entry) => (_bytes += key.Length + entry.Text.Length) <= BytesMax;
    }

    /// <param name="Claim">Null to look only what ran out.</param>
    /// <param name="Lease">Null to release.</param>
    private sealed record Request(Claim? Claim, TimeSpan? Lease)
    {
        public TaskCompletionSource<RunId?> Answer { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
