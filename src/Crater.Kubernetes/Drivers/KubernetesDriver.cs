using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using Crater.Diagnostics;
using Crater.Drivers;
using Crater.Kubernetes.Client;
using Crater.Targets;

namespace Crater.Kubernetes.Drivers;

/// <summary>How this driver does one fault.</summary>
internal interface IApiFault
{
    string Name { get; }

    IReadOnlyList<TargetKind> TargetKinds { get; }

    Task<Preparation> PrepareAsync(Injection injection, CancellationToken abort);

    /// <param name="isLive">Whether this process prepared the injection and has not begun to recover it.</param>
    /// <returns>What was really done, for the report.</returns>
    Task<string> InjectAsync(Injection injection, Preparation preparation, Tenure tenure, Func<bool> isLive, CancellationToken abort);

    Task RenewAsync(Injection injection, Preparation preparation, Tenure tenure, CancellationToken abort);

    Task RecoverAsync(Injection injection, Preparation preparation, CancellationToken budget);

    Task<Inspection> InspectAsync(Injection injection, Preparation preparation, CancellationToken budget);
}

/// <summary>
/// Faults that are changes of API objects: any cluster can do them, without an agent. The cluster itself holds them: undo data and deadline
/// stand on the object or in a Secret beside it, so that <see cref="Keeping.ApiStateKeeper"/> on any machine finishes what a dead one began.
/// </summary>
public sealed class KubernetesDriver : IDriver
{
    private static readonly TargetKind[] Workloads = [TargetKind.Deployment, TargetKind.StatefulSet, TargetKind.DaemonSet, TargetKind.Job];
    private static readonly TargetKind[] Labelled = [.. Workloads, TargetKind.Pod, TargetKind.Namespace, TargetKind.Node];

    private readonly Dictionary<string, IApiFault> _faults;

    /// <summary>Where a Lease vouches for a change, between two looks whether somebody else has taken it off.</summary>
    private static readonly TimeSpan LookEvery = TimeSpan.FromSeconds(18);

    /// <summary>Ids of the injections that this process prepared and has not begun to recover, and when each was last looked at.</summary>
    private readonly ConcurrentDictionary<string, long> _live = new();

    private readonly TimeProvider _clock;

    private readonly Voucher? _voucher;

    /// <param name="voucher">The Lease that vouches for everything that this driver changes; null, the default, for none: then each change is renewed by itself.</param>
    public KubernetesDriver(KubernetesClient client, TimeProvider clock, Voucher? voucher = null)
    {
        (_clock, _voucher) = (clock, voucher);
        IApiFault[] faults =
        [
            new PodKill(client, clock), new PodFailure(client, clock), new ContainerImage(client, clock),
            new NodeCordon(client, clock), new NodeDrain(client, clock), new NodeTaint(client, clock),
            new WorkloadScale(client, clock, TargetKind.Deployment), new WorkloadScale(client, clock, TargetKind.StatefulSet), new JobSuspend(client, clock),
            new ImagePullFail(client, clock), new SchedulingBlock(client, clock), new AutoscalerFreeze(client, clock), new ServiceDisconnect(client, clock),
            new ContentTamper(client, clock, TargetKind.ConfigMap), new ContentTamper(client, clock, TargetKind.Secret),
            new PendingPods(client), new CompletedJobs(client),
            .. Workloads.Select(kind => new WorkloadDelete(client, clock, kind)),
            .. Labelled.Select(kind => new ObjectLabel(client, clock, kind)),
            .. Labelled.Where(kind => kind != TargetKind.Node).Select(kind => new ObjectFinalizer(client, clock, kind)),
        ];
        _faults = faults.ToDictionary(fault => fault.Name);
    }

    public string Name => "kubernetes";

    public bool Supports(string fault) => _faults.ContainsKey(fault);

    public async Task<Preparation> PrepareAsync(Injection injection, CancellationToken abort)
    {
        var fault = Find(injection);
        if (!fault.TargetKinds.Contains(injection.Target.Kind))
        {
            var kinds = string.Join(" or ", fault.TargetKinds.Select(TargetId.Text));
            throw new CraterException("CRT3103",
                $"{injection.Fault.AskedAs} needs a {kinds} as target and got '{injection.Target.Id}'. Give the target selector 'kind: {TargetId.Text(fault.TargetKinds[0])}'.");
        }

        var preparation = await fault.PrepareAsync(injection, abort);
        _live[injection.Id] = _clock.GetTimestamp();
        return preparation;
    }

    public Task<string> InjectAsync(Injection injection, Preparation preparation, TimeSpan lease, CancellationToken abort) =>
        Find(injection).InjectAsync(injection, preparation, new Tenure(lease, _voucher), () => _live.ContainsKey(injection.Id), abort);

    public async Task RenewAsync(Injection injection, Preparation preparation, TimeSpan lease, CancellationToken abort)
    {
        var isKnown = _live.TryGetValue(injection.Id, out var lookedAt);
        if (_voucher is not null && isKnown && _clock.GetElapsedTime(lookedAt) < LookEvery)
        {
            return;
        }

        await Find(injection).RenewAsync(injection, preparation, new Tenure(lease, _voucher), abort);
        _live.TryUpdate(injection.Id, _clock.GetTimestamp(), lookedAt);
    }

    public Task RecoverAsync(Injection injection, Preparation preparation, CancellationToken budget)
    {
        // First of all: an inject of ours that is still trying must not try again on what recovery leaves.
        _live.TryRemove(injection.Id, out _);
        return Find(injection).RecoverAsync(injection, preparation, budget);
    }

    public async Task<Inspection> InspectAsync(Injection injection, Preparation preparation, CancellationToken budget)
    {
        try
        {
            return await Find(injection).InspectAsync(injection, preparation, budget);
        }
        catch (KubernetesException e)
        {
            // A cluster that does not answer, or does not let us look, has said nothing about the fault.
            return new Inspection(Presence.Unknown, null, e.Message);
        }
    }

    private IApiFault Find(Injection injection) => _faults.TryGetValue(injection.Fault.Name, out var fault)
        ? fault
        : throw new CraterException("CRT3108",
            $"The driver 'kubernetes' cannot do {injection.Fault.Name}. It does {string.Join(", ", _faults.Keys)}; 'craterctl catalog' shows who does the rest.");
}

/// <summary>Looks at targets that every fault here shares.</summary>
internal static class Look
{
    /// <summary>The target as it is now.</summary>
    /// <exception cref="CraterException">CRT3105: gone, going, or another one of the same name.</exception>
    public static async Task<JsonObject> AtAsync(KubernetesClient client, Resource resource, Target target, CancellationToken abort)
    {
        var seen = await client.FindAsync(resource, target.Namespace, target.Name, abort);
        var gone = seen is null || seen.IsTerminating() || (target.Uid.Length > 0 && seen.Uid() != target.Uid);
        return gone
            ? throw new CraterException("CRT3105", $"The target '{target.Id}' is gone or was replaced since the run was planned. Run the experiment again.")
            : seen!;
    }

    /// <exception cref="CraterException">CRT3107: another injection is on it.</exception>
    public static JsonObject Unmarked(JsonObject seen, Injection injection)
    {
        var other = seen.Annotation(Mark.InjectionKey);
        return other.Length == 0 || other == injection.Id
            ? seen
            : throw new CraterException("CRT3107",
                $"'{injection.Target.Id}' already carries the injection {other}. Wait for its end, or take it off with 'craterctl recover {seen.Annotation(Mark.RunKey)}'.");
    }

    /// <summary>Of a change that nobody vouches for but its deadline.</summary>
    public static Task<DateTimeOffset> DeadlineAsync(KubernetesClient client, TimeSpan lease, CancellationToken abort) => new Tenure(lease, Voucher: null).DeadlineAsync(client, abort);
}
