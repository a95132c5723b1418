using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using Crater.Diagnostics;
using Crater.Drivers;
using Crater.Faults;
using Crater.Kubernetes.Client;
using Crater.Targets;

namespace Crater.Kubernetes.Drivers.Engines;

/// <summary>
/// Hands faults to an engine that somebody else wrote and installed. The engine holds the fault, for the fault's own duration at the longest; what is in place
/// is ours to prove: by the engine's records, by its pods and by our own look at the target. One injection is one object, so that the blast radius stays ours.
/// </summary>
public abstract class EngineDriver : IEngineDriver, IDisposable
{
    private readonly Handovers _handovers = new();

    /// <summary>When each of ours was seen in place.</summary>
    private readonly ConcurrentDictionary<string, long> _inPlaceSince = new();

    private readonly EngineKinds _kinds;
    private readonly EngineNeighbours _neighbours;

    private protected EngineDriver(KubernetesClient client, EngineOptions options, TimeProvider clock)
    {
        (Client, Options, Clock) = (client, options, clock);
        _kinds = new EngineKinds(client, Name, Title, clock);
        _neighbours = new EngineNeighbours(client, _kinds.Catalogue, goodFor: TimeSpan.Zero);
        Target = new EngineTarget(client, clock);
    }

    /// <inheritdoc/>
    public abstract string Name { get; }

    /// <summary>As people write it.</summary>
    private protected abstract string Title { get; }

    /// <inheritdoc/>
    public bool IsOnRequest => true;

    /// <inheritdoc/>
    public DriverPace Pace => new(Options.Patience.Inject, Options.Patience.Recover);

    private protected KubernetesClient Client { get; }

    private protected EngineOptions Options { get; }

    private protected TimeProvider Clock { get; }

    private protected EngineTarget Target { get; }

    /// <inheritdoc/>
    public bool Supports(string fault) => FindFault(fault) is not null;

    /// <inheritdoc/>
    public virtual IReadOnlyList<Problem> Check(Fault fault) => FindFault(fault.Name)?.TrySay(fault, Title).Problems ?? [];

    /// <inheritdoc/>
    public async Task<IReadOnlyList<Problem>> MissingAsync(Fault fault, CancellationToken abort) =>
        FindFault(fault.Name) is { } known && await _kinds.AbsenceAsync(ResourceOf(known), abort) is { Length: > 0 } absence ? [new Problem("", "CRT8204", absence)] : [];

    /// <inheritdoc/>
    public async Task<JsonObject> TryAsync(Injection injection, CancellationToken abort)
    {
        var fault = await ReadyAsync(injection, abort);
        var made = await MakeAsync(injection, fault, await Look.DeadlineAsync(Client, TimeSpan.Zero, abort), abort);
        return await Client.DryRun().CreateAsync(ResourceOf(fault), made.Namespace(), made, abort);
    }

    /// <inheritdoc/>
    public async Task<JsonObject> ExportAsync(Injection injection, CancellationToken abort)
    {
        var made = await MakeAsync(injection, MustFind(injection), DateTimeOffset.UnixEpoch, abort);
        var metadata = made["metadata"]!.AsObject();
        metadata.Remove("annotations");
        metadata.Remove("labels");
        if (made["spec"]?["duration"] is not null)
        {
            // Nobody of ours ends it then: the engine's own count is all there is.
            made["spec"]!["duration"] = $"{(long)injection.Duration.TotalMilliseconds}ms";
        }

        return made;
    }

    /// <inheritdoc/>
    public async Task<Preparation> PrepareAsync(Injection injection, CancellationToken abort)
    {
        var fault = await ReadyAsync(injection, abort);
        var made = await MakeAsync(injection, fault, DateTimeOffset.UnixEpoch, abort);
        if (await Client.FindAsync(ResourceOf(fault), made.Namespace(), made.Name(), abort) is { } there)
        {
            throw Taken(there);
        }

        var before = await Target.BeforeAsync(injection, fault.Moves, abort);
        _handovers.Begin(injection.Id);
        return new Preparation { Before = before, UndoId = $"{ResourceOf(fault).QualifiedName}/{made.Namespace()}/{made.Name()}" };
    }

    /// <inheritdoc/>
    public async Task<string> InjectAsync(Injection injection, Preparation preparation, TimeSpan lease, CancellationToken abort)
    {
        var fault = MustFind(injection);
        var made = await MakeAsync(injection, fault, await Look.DeadlineAsync(Client, lease, abort), abort);
        await _handovers.MakeAsync(injection.Id, () => CreateAsync(fault, made, injection, abort), () => new CraterException("CRT3104",
            $"'{injection.Target.Id}' was recovered since the injection was prepared, so nothing was handed to {Title}. Run the experiment again."));
        var began = Clock.GetTimestamp();
        while (true)
        {
            abort.ThrowIfCancellationRequested();
            var waited = Clock.GetElapsedTime(began);
            var report = await ReportAsync(injection, fault, preparation, waited, abort);
            if (report.Phase == EnginePhase.InPlace)
            {
                _inPlaceSince[injection.Id] = Clock.GetTimestamp();
                return $"{fault.Name} by {Title}, as {ResourceOf(fault).Kind} {made.Namespace()}/{made.Name()}";
            }

            if (report.Trouble is { } trouble)
            {
                throw new CraterException(trouble.Code, trouble.Message);
            }

            if (report.Phase != EnginePhase.Waiting)
            {
                throw new CraterException("CRT8205", $"{Title} ended {made.Namespace()}/{made.Name()} before the fault was seen in place: {report.Text}. {report.Verdict}".TrimEnd());
            }

            await Task.Delay(Options.Patience.LookEvery, Clock, abort);
        }
    }

    /// <inheritdoc/>
    public async Task RenewAsync(Injection injection, Preparation preparation, TimeSpan lease, CancellationToken abort)
    {
        var fault = MustFind(injection);
        var (space, name) = PlaceOf(injection);
        var seen = await Client.FindAsync(ResourceOf(fault), space, name, abort);
        if (seen is null || !EngineObject.IsOf(seen, injection.Id) || seen.IsTerminating() || IsStopped(seen))
        {
            throw new CraterException("CRT8206", $"{ResourceOf(fault).Kind} {space}/{name} was {(seen is null || seen.IsTerminating() ? "deleted" : "stopped")} by somebody else while the fault was to be in place, so the run ends.");
        }

        await Client.PatchAsync(ResourceOf(fault), space, name, PatchForm.Merge, EngineObject.Deadline(seen, await Look.DeadlineAsync(Client, lease, abort)), null, abort);
    }

    /// <inheritdoc/>
    public async Task RecoverAsync(Injection injection, Preparation preparation, CancellationToken budget)
    {
        // First of all: an inject of ours that is still trying must not try again on what recovery leaves.
        await _handovers.EndAsync(injection.Id, budget);
        var fault = MustFind(injection);
        var (space, name) = PlaceOf(injection);
        if (await Client.FindAsync(ResourceOf(fault), space, name, budget) is { } seen && EngineObject.IsOf(seen, injection.Id) && !(FinishesItself && IsFinishing(injection)))
        {
            await EndAsync(seen, budget);
        }
    }

    /// <inheritdoc/>
    public async Task<Inspection> InspectAsync(Injection injection, Preparation preparation, CancellationToken budget)
    {
        try
        {
            var fault = MustFind(injection);
            var report = await ReportAsync(injection, fault, preparation, waited: null, budget);
            var now = await Target.NowAsync(injection.Target, preparation.Before, budget);
            var presence = report.Phase switch
            {
                EnginePhase.InPlace or EnginePhase.Ending => Presence.Present,
                EnginePhase.Off => Presence.Absent,
                _ => Presence.Unknown,
            };
            return new Inspection(presence, now, string.Join("; ", new[] { report.Text, report.Verdict, now?.Text ?? "the target cannot be read" }.Where(part => part.Length > 0)))
            {
                HasLeftItsMark = report.HasLeftItsMark,
                Unseen = await UnseenAsync(injection, fault, budget),
            };
        }
        catch (KubernetesException e)
        {
            // A cluster that does not answer, or does not let us look, has said nothing about the fault.
            return new Inspection(Presence.Unknown, null, e.Message);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _kinds.Dispose();
        GC.SuppressFinalize(this);
    }

    /// <summary>It ends a fault by itself at the end of its duration, with a verdict.</summary>
    private protected virtual bool FinishesItself => true;

    private protected abstract EngineFault? FindFault(string fault);

    private protected abstract Resource ResourceOf(EngineFault fault);

    /// <summary>What else has to be there, beyond the kind of the object itself.</summary>
    private protected abstract Task CheckAsync(Injection injection, EngineFault fault, CancellationToken abort);

    /// <summary>The object that asks for the fault, with its mark.</summary>
    private protected abstract Task<JsonObject> MakeAsync(Injection injection, EngineFault fault, DateTimeOffset deadline, CancellationToken abort);

    /// <param name="waited">Since the request; null when nobody waits for the fault to come.</param>
    private protected abstract Task<EngineReport> ReportAsync(Injection injection, EngineFault fault, Preparation preparation, TimeSpan? waited, CancellationToken budget);

    /// <summary>Somebody told the engine to end it.</summary>
    private protected abstract bool IsStopped(JsonObject seen);

    /// <summary>Takes the next step towards the fault's end. Safe to repeat.</summary>
    private protected abstract Task EndAsync(JsonObject seen, CancellationToken budget);

    private protected (string Space, string Name) PlaceOf(Injection injection) =>
        (injection.Target.Namespace.Length > 0 ? injection.Target.Namespace : Options.Namespace, EngineObject.NameOf(injection));

    /// <summary>Nobody has begun to take it off, as far as this process knows.</summary>
    private protected bool IsLive(Injection injection) => _handovers.IsLive(injection.Id);

    /// <inheritdoc cref="EngineKinds.NeedAsync"/>
    private protected Task NeedAsync(Resource resource, CancellationToken abort) => _kinds.NeedAsync(resource, abort);

    private async Task<EngineFault> ReadyAsync(Injection injection, CancellationToken abort)
    {
        var fault = MustFind(injection);
        if (fault.Kind != injection.Target.Kind)
        {
            throw new CraterException("CRT3103", $"{injection.Fault.AskedAs} by {Title} needs a {TargetId.Text(fault.Kind)} as target and got '{injection.Target.Id}'. Give the target selector 'kind: {TargetId.Text(fault.Kind)}'.");
        }

        if (Check(injection.Fault) is { Count: > 0 } problems)
        {
            throw new CraterException(problems[0].Code, string.Join(" ", problems.Select(problem => problem.Message))) { Problems = problems };
        }

        await NeedAsync(ResourceOf(fault), abort);
        await CheckAsync(injection, fault, abort);
        await _neighbours.RefuseAsync(injection, abort);
        return fault;
    }

    // The same name from every process: a reply that was lost is answered by looking, and never by a second object.
    private async Task CreateAsync(EngineFault fault, JsonObject made, Injection injection, CancellationToken abort)
    {
        // After an abort it has as long as one request may take: what the server makes meanwhile has to be known.
        using var over = new CancellationTokenSource(Timeout.InfiniteTimeSpan, Clock);
        await using var cut = abort.Register(() => over.CancelAfter(Transport.RequestTimeout));
        try
        {
            await Client.CreateAsync(ResourceOf(fault), made.Namespace(), made, over.Token);
        }
        catch (KubernetesException e) when (e.AlreadyExists || e.IsUnreachable)
        {
            if (await Client.FindAsync(ResourceOf(fault), made.Namespace(), made.Name(), CancellationToken.None) is not { } there)
            {
                throw;
            }

            if (!EngineObject.IsOf(there, injection.Id) || IsStopped(there))
            {
                throw Taken(there);
            }
        }
    }

    // At the end of its time an engine finishes by itself, with its own verdict; stopped, it would say only that it was stopped.
    private bool IsFinishing(Injection injection) => _inPlaceSince.TryGetValue(injection.Id, out var since)
        && Clock.GetElapsedTime(since) is var elapsed && elapsed >= injection.Duration && elapsed < injection.Duration + Options.Patience.Finish;

    // What is not there any more cannot hide anything.
    private async Task<string> UnseenAsync(Injection injection, EngineFault fault, CancellationToken budget) =>
        fault.Unseen.Length == 0 || await Target.FindAsync(injection.Target, budget) is null ? "" : $"nobody of ours looked at {fault.Unseen}; that it is as before is the word of {Title}";

    private EngineFault MustFind(Injection injection) => FindFault(injection.Fault.Name) ?? throw new CraterException("CRT3108",
        $"The driver '{Name}' cannot do {injection.Fault.Name}; 'craterctl catalog' shows who does it.");

    private static CraterException Taken(JsonObject there) => new("CRT8207",
        $"{there.Text("kind")} {there.Namespace()}/{there.Name()} is there already, for {(there.Annotation(Mark.InjectionKey) is { Length: > 0 } other ? $"the injection {other}" : "somebody else")}. Wait for its end, or see to it with 'craterctl recover --all'.");
}
