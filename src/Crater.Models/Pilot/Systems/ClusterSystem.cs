using System.Globalization;
using Crater.Measurements;
using Crater.Models.Tools;
using Crater.Risks;

namespace Crater.Models.Pilot.Systems;

/// <summary>What runs, wherever it runs: looking at it, and trying the candidates on it.</summary>
internal sealed class ClusterSystem(PilotSession session)
{
    private const int LinesMax = 100;

    [Tool("Says how many pods of each component are ready now.", Action = "DESCRIBE")]
    public async Task<ToolResult> Components(CancellationToken abort)
    {
        var state = await session.Executor.StateAsync(abort);
        return Lines(session.Digest.Components.Select(pair => state.TryGetValue(pair.Value, out var now)
            ? $"{Name(pair.Key)} {now.Ready}/{now.Replicas} ready" : $"{Name(pair.Key)} is not there any more"));
    }

    [Tool("Lists what a component depends on, and what depends on it.")]
    public Task<ToolResult> Dependencies([Means("Id of the component, such as c01.")] string component)
    {
        if (Find(component) is not { } found)
        {
            return NoComponent(component);
        }

        var edges = session.Digest.Shortlist.Topology.Dependencies;
        var aliases = session.Digest.Components.ToDictionary(pair => pair.Value, pair => pair.Key, StringComparer.Ordinal);
        string Named(IEnumerable<string> ids) => string.Join(", ", ids.Distinct().Where(aliases.ContainsKey).Select(id => Name(aliases[id])).Order(StringComparer.Ordinal)) is { Length: > 0 } names ? names : "nothing";
        return Answer($"{Name(found)} depends on: {Named(edges.Where(edge => edge.From == session.Digest.Components[found]).Select(edge => edge.To))}\n"
            + $"on it depend: {Named(edges.Where(edge => edge.To == session.Digest.Components[found]).Select(edge => edge.From))}");
    }

    [Tool("Lists the weaknesses that rules see in a component.")]
    public Task<ToolResult> Findings([Means("Id of the component, such as c01.")] string component) => Find(component) is not { } found ? NoComponent(component)
        : Task.FromResult(Lines(session.Digest.Shortlist.Rules.Findings
            .Where(finding => finding.Component == session.Digest.Components[found] && finding.Answer != Risks.Answer.Satisfied)
            .Select(finding => $"{finding.Rule} {finding.Answer.ToString().ToLowerInvariant()} {finding.Severity.ToString().ToLowerInvariant()}: {RuleBook.Find(finding.Rule)?.Title}")));

    [Tool("Lists the candidates that are left, each with the intensity that is due, and what was tried.")]
    public Task<ToolResult> Candidates()
    {
        var left = session.Left().ToLookup(one => one.Id, one => one.Intensity);
        var lines = session.Digest.CandidateLines.Where(line => left.Contains(line.Split(' ', 2)[0]))
            .Select(line => $"{line} | due: {string.Join(", ", left[line.Split(' ', 2)[0]].Select(TrialMemory.Name))}");
        return Task.FromResult(Lines([.. lines, .. session.Memory.Trials.Select(trial => $"tried: {trial.Fault} ({TrialMemory.Name(trial.Intensity)}), {trial.Run}, {trial.Verdict}")]));
    }

    [Tool("Reads a measured value.")]
    public async Task<ToolResult> Metric(
        [Means("What is measured.")]
        [OneOf(KnownMetrics.ErrorRate, KnownMetrics.LatencyP50, KnownMetrics.LatencyP95, KnownMetrics.LatencyP99, KnownMetrics.Throughput, KnownMetrics.CpuUsage, KnownMetrics.MemoryUsage, KnownMetrics.ReadyReplicas, KnownMetrics.Restarts)]
        string name,
        [Means("Id of the component, such as c01; left out, the application as its users see it.")] string component = "", CancellationToken abort = default)
    {
        var found = component.Length == 0 ? "" : Find(component);
        if (found is null)
        {
            return await NoComponent(component);
        }

        var value = await session.Executor.MeasureAsync(name, found.Length == 0 ? "" : session.Digest.Components[found], abort);
        return value is { } number
            ? ToolResult.Ok(string.Create(CultureInfo.InvariantCulture, $"{name} is {number:0.####} {KnownMetrics.Unit(name)}"))
            : ToolResult.Error($"nothing measures {name} there now");
    }

    [Tool("Shows what a candidate would hit, and whether it is allowed. Touches nothing.", Power = Power.Propose, TimeoutSeconds = 60)]
    public Task<ToolResult> Propose([Means("Id of the candidate, such as k01.")] string candidate, [Means("How hard.")] Intensity intensity = Intensity.Low, CancellationToken abort = default) =>
        OfCandidate(candidate, intensity, test => session.ProposeAsync(test, intensity, abort));

    [Tool("Runs a candidate under guard: steady state, fault, recovery, proof. Returns the verdict.", Power = Power.Act, TimeoutSeconds = 0)]
    public Task<ToolResult> Start([Means("Id of the candidate, such as k01.")] string candidate, [Means("How hard; step by step from low.")] Intensity intensity = Intensity.Low, CancellationToken abort = default) =>
        OfCandidate(candidate, intensity, test => session.TryAsync(test, intensity, abort));

    [Tool("Kills one pod of a component under guard; it has to come back by itself. Only pods: nothing would bring a service or a node back.", Power = Power.Act, TimeoutSeconds = 0)]
    public Task<ToolResult> Kill(
        [Means("What is killed.")][OneOf("pod")] string type, [Means("Component id, component name or pod name.")] string name,
        [Means("Its namespace.")] string @namespace = "", CancellationToken abort = default)
    {
        var topology = session.Digest.Shortlist.Topology;
        var found = Find(name) is { } alias ? session.Digest.Components[alias] : topology.Components.FirstOrDefault(component => component.Pods.Any(pod => pod.Name == name))?.Id;
        var component = topology.Components.FirstOrDefault(one => one.Id == found && session.Digest.Components.Values.Contains(one.Id) && (@namespace.Length == 0 || one.Namespace == @namespace));
        const string Fault = "pod-kill";
        if (component is null)
        {
            return Task.FromResult(session.Denied($"there is nothing that may be killed by this name{(@namespace.Length > 0 ? " in this namespace" : "")}", isPolicy: true));
        }

        var offer = session.Digest.Offers.FirstOrDefault(pair => pair.Value.Fault == Fault && pair.Value.Target == component.Id && pair.Value.Weak == component.Id);
        if (offer.Value is not null)
        {
            return session.TryAsync(session.Wish(offer.Key, offer.Value, Intensity.Low), Intensity.Low, abort);
        }

        return session.Digest.Shortlist.MayBeFree(Fault, component.Id)
            ? session.TryAsync(Free(Fault, component.Id), Intensity.Low, abort)
            : Task.FromResult(session.Denied("killing a pod of it is not safe: it would not come back, or it is not well now", isPolicy: true));
    }

    [Tool("Says how a run of this session ended.")]
    public Task<ToolResult> Run([Means("Its id, such as chaos-1a2b3c4d.")] string run) =>
        session.Memory.Trials.FirstOrDefault(trial => trial.Run == run) is { } trial
            ? Answer($"{trial.Run}: {trial.Fault} ({TrialMemory.Name(trial.Intensity)}) was {trial.Verdict}; {(trial.IsClean ? "everything is as it was" : "RESIDUE")}")
            : Task.FromResult(ToolResult.Error("this session has no such run"));

    [Tool("Lists the events of a run of this session. They may have words of others: after it, a person must approve whatever is started.", ReadsFreeText = true)]
    public async Task<ToolResult> Events([Means("Its id, such as chaos-1a2b3c4d.")] string run, CancellationToken abort) =>
        session.Memory.Trials.Any(trial => trial.Run == run)
            ? Lines((await session.Executor.EventsAsync(run, abort)).Select(line => Safety.PlainText.Line(line, 200)))
            : ToolResult.Error("this session has no such run");

    [Tool("Ends a run, and puts back what a dead one has left.", Power = Power.Recover, TimeoutSeconds = 0)]
    public async Task<ToolResult> Abort([Means("Its id, such as chaos-1a2b3c4d.")] string run, CancellationToken abort) => ToolResult.Ok(await session.Executor.AbortAsync(run, abort));

    private Task<ToolResult> OfCandidate(string candidate, Intensity intensity, Func<WishedTest, Task<ToolResult>> act) =>
        !session.Digest.Offers.TryGetValue(candidate, out var offer) ? Task.FromResult(ToolResult.Error("there is no such candidate; choose one by its id, such as k01"))
        : intensity > Escalation.Hardest(offer) ? Task.FromResult(ToolResult.Error("this candidate has one intensity, low"))
        : act(session.Wish(candidate, offer, intensity));

    private WishedTest Free(string fault, string component)
    {
        var proposal = session.Digest.Shortlist.DraftFree(fault, component, new Advice.Wording("pilot", "It was asked for by name.", "", "low"));
        return new WishedTest($"{fault} {session.Digest.Components.First(pair => pair.Value == component).Key}", proposal, proposal.Risk.TestRisk, component);
    }

    /// <summary>The id under which a component is told; null when it is not.</summary>
    private string? Find(string text)
    {
        if (session.Digest.Components.ContainsKey(text))
        {
            return text;
        }

        var named = session.Options.Anonymise ? [] : session.Digest.Components.Where(pair => pair.Value == text || pair.Value.EndsWith($"/{text}", StringComparison.Ordinal)).Select(pair => pair.Key).ToArray();
        return named.Length == 1 ? named[0] : null;
    }

    private string Name(string alias) => session.Options.Anonymise ? alias : $"{alias} {session.Digest.WithNames(alias)}";

    private static Task<ToolResult> NoComponent(string text) => Task.FromResult(ToolResult.Error($"there is no component '{Safety.PlainText.Prose(text, 40)}'; name one by its id, such as c01"));

    private static Task<ToolResult> Answer(string text) => Task.FromResult(ToolResult.Ok(text));

    private static ToolResult Lines(IEnumerable<string> lines)
    {
        var all = lines.ToArray();
        return ToolResult.Ok(all.Length == 0 ? "none" : string.Join('\n', all.Take(LinesMax)) + (all.Length > LinesMax ? $"\nand {all.Length - LinesMax} more" : ""));
    }
}
