using System.Collections.Immutable;
using System.Text.Json.Nodes;
using Crater.Experiments;
using Crater.Runs.Activities;
using Crater.Runs.Controls;

namespace Crater.Runs;

/// <summary>The document while it is played: as controls have changed it, with what its activities have given so far.</summary>
/// <param name="resume">How far an earlier process had come; null for a new run.</param>
internal sealed class Script(Experiment experiment, RunManner manner, ResumePoint? resume)
{
    // Outputs are kept in memory for the rest of the run, so only for a document that asks for some.
    private readonly bool _keepsOutputs = experiment.Source.Contains("outputs.", StringComparison.Ordinal);
    private readonly Lock _gate = new();
    private ImmutableDictionary<string, JsonNode?> _outputs = ImmutableDictionary<string, JsonNode?>.Empty;

    public Experiment Experiment { get; private set; } = experiment;

    public ActivityContext Context { get; private set; } = ActivityContext.For(experiment);

    public RunManner Manner => manner;

    public ResumePoint? Resume => resume;

    /// <summary>It had its turn before the run was resumed.</summary>
    public bool IsDone(Activity activity) => resume?.IsDone(activity) == true;

    /// <summary>The rest of the run is played as controls want it.</summary>
    public void Adopt(ControlChanges changes)
    {
        lock (_gate)
        {
            Experiment = changes.Experiment ?? Experiment;
            Context = Context with
            {
                Configuration = changes.Configuration ?? Context.Configuration,
                Secrets = changes.Secrets ?? Context.Secrets,
            };
        }
    }

    /// <summary>What an activity gave; the last one of a name counts.</summary>
    public void Keep(Activity activity, ActivityResult result)
    {
        if (!_keepsOutputs || !result.Succeeded)
        {
            return;
        }

        lock (_gate)
        {
            _outputs = _outputs.SetItem(activity.Name, result.Plain);
            Context = Context with { Outputs = _outputs };
        }
    }

    /// <summary>It is left out of this rehearsal.</summary>
    public bool IsLeftOut(Activity activity) => manner.Dry switch
    {
        _ when activity.IgnoresDry => false,
        DryStrategy.Activities => true,
        DryStrategy.Probes => activity.IsProbe,
        DryStrategy.Actions => !activity.IsProbe,
        _ => false,
    };

    public bool IsPaused(Activity activity) => activity.IgnoresDry || (manner.Dry != DryStrategy.Pause && !IsLeftOut(activity));
}
