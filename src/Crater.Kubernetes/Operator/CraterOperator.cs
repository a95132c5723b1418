using System.Globalization;
using System.Text;
using Crater.Drivers;
using Crater.Journals;
using Crater.Kubernetes.Agents;
using Crater.Kubernetes.Client;
using Crater.Kubernetes.Operator.Experiments;

namespace Crater.Kubernetes.Operator;

/// <summary>
/// The operator: stands by until it leads, then does the next step for every object of Crater's kinds; keeps the changes of dead processes from staying, leading or not.
/// </summary>
public sealed class CraterOperator
{
    private readonly KubernetesWorld _world;
    private readonly RunFolders _folders;
    private readonly OperatorOptions _options;
    private readonly TimeProvider _clock;
    private readonly LeaderElection _election;
    private readonly OperatorFigures _figures = new();
    private volatile LeaderWork? _work;
    private volatile Leadership? _leadership;

    public CraterOperator(KubernetesWorld world, RunFolders folders, OperatorOptions options, TimeProvider clock)
    {
        (_world, _folders, _options, _clock) = (world, folders, options, clock);
        _election = new LeaderElection(world.Connection.Aside, options, clock);
    }

    /// <summary>It may inject. What it had put in place may still be coming off when it no longer is.</summary>
    public bool IsLeader => _leadership is { IsHeld: true };

    /// <summary>Why it is not ready to do its work; empty when it is. A process that stands by is ready.</summary>
    public string NotReady => _work is { } work ? work.NotReady : _election.Problem;

    /// <summary>Works until stopped. What it had put in place is off when it returns.</summary>
    public async Task RunAsync(CancellationToken stop)
    {
        var keeping = _world.Keeper.RunAsync($"operator {_options.Identity}", Tell, stop);
        var sweeping = _world.Agents.RunAsync(Tell, stop);
        await _election.RunAsync(leadership => LeadAsync(leadership, stop), stop);
        await Task.WhenAll(keeping, sweeping);
    }

    /// <summary>/metrics in Prometheus' text format.</summary>
    /// <param name="certificateEnd">When the webhook's certificate is no longer good; null where there is no webhook.</param>
    public string Metrics(DateTimeOffset? certificateEnd = null)
    {
        var text = new StringBuilder();
        OperatorFigures.Head(text, "crater_operator_leader", "gauge", "1 while this process leads.");
        text.Append($"crater_operator_leader {(IsLeader ? 1 : 0)}\n");
        if (certificateEnd is { } end)
        {
            OperatorFigures.Head(text, "crater_webhook_certificate_end_seconds", "gauge", "When the webhook's certificate is no longer good, in Unix time.");
            text.Append(CultureInfo.InvariantCulture, $"crater_webhook_certificate_end_seconds {end.ToUnixTimeSeconds()}\n");
        }

        _work?.Write(text);
        _figures.Write(text);
        return text.ToString();
    }

    private async Task LeadAsync(Leadership leadership, CancellationToken stop)
    {
        _options.Log($"{_options.Identity} leads {(_options.Namespaces.Count == 0 ? "all namespaces" : string.Join(", ", _options.Namespaces))}.");
        using var over = CancellationTokenSource.CreateLinkedTokenSource(stop, leadership.Lost);
        var work = new LeaderWork(_world, _folders, _options, _figures, leadership, _clock);
        (_work, _leadership) = (work, leadership);
        try
        {
            await work.RunAsync(over.Token, stop);
        }
        finally
        {
            (_work, _leadership) = (null, null);
        }
    }

    private void Tell(SweptNode swept)
    {
        if (swept.Problem.Length == 0)
        {
            _figures.Restored();
        }

        _options.Log(swept.Problem.Length == 0
            ? $"What {swept.Use.Run} had left on node {swept.Use.Node} is taken off."
            : $"RESIDUE: on node {swept.Use.Node}, left behind by {swept.Use.Run}: {swept.Problem}");
    }

    private void Tell(Keeping.HeldChange change)
    {
        if (change.Problem.Length == 0)
        {
            _figures.Restored();
        }

        _options.Log(change.Problem.Length == 0
            ? $"{change.Fault} on {change.Target} was left behind by {change.Run} and is now restored."
            : $"RESIDUE: {change.Fault} on {change.Target}, left behind by {change.Run}: {change.Problem}");
    }
}
