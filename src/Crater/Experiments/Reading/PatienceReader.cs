using Crater.Documents;

namespace Crater.Experiments.Reading;

/// <summary>Reads <c>retry</c> and <c>until</c> of a probe, which are Crater's own.</summary>
internal sealed class PatienceReader(ReadScope scope, ActivityReader activities)
{
    private static readonly TimeSpan TimeoutDefault = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan EveryDefault = TimeSpan.FromSeconds(1);

    public Retry? ReadRetry(Fields owner, bool isProbe)
    {
        if (Own(owner, "retry", isProbe) is not { } fields)
        {
            return null;
        }

        var attempts = fields.Integer("attempts", 1, 1000, "CRT2047");
        var every = Wait(fields, "every") ?? EveryDefault;
        fields.WarnUnknown("retry");
        if (attempts is null && !fields.Map.Has("attempts"))
        {
            scope.Error("CRT2047", fields.Path, fields.Map, "retry needs attempts: how often the probe is played at most, the first time included.");
        }

        return attempts is { } times ? new Retry(times, every) : null;
    }

    public Until? ReadUntil(Fields owner, bool isProbe)
    {
        if (Own(owner, "until", isProbe) is not { } fields)
        {
            return null;
        }

        var timeout = Wait(fields, "timeout") ?? TimeoutDefault;
        var every = Wait(fields, "every") ?? EveryDefault;
        var wanted = fields.Map.Entry("tolerance");
        fields.Take("tolerance");
        fields.WarnUnknown("until");
        if (wanted is null)
        {
            scope.Error("CRT2047", fields.Path, fields.Map, "until needs a tolerance: what the value must be before the run goes on.");
            return null;
        }

        return new ToleranceReader(scope, activities).Read(wanted.Value, fields.At("tolerance")) is { } tolerance ? new Until(tolerance, timeout, every) : null;
    }

    private Fields? Own(Fields owner, string key, bool isProbe)
    {
        if (owner.Take(key) is not { } node)
        {
            return null;
        }

        if (node is MapNode map && isProbe)
        {
            return new Fields(map, owner.At(key), scope);
        }

        scope.Error("CRT2047", owner.At(key), node, isProbe
            ? $"{key} must be a map; found {node.Saying}."
            : $"{key} is for probes: an action that is played again acts again.");
        return null;
    }

    private TimeSpan? Wait(Fields fields, string key)
    {
        if (fields.Duration(key, "CRT2047") is not { } wait)
        {
            return null;
        }

        if (wait <= TimeSpan.Zero || wait > TimeSpan.FromHours(4))
        {
            scope.Error("CRT2047", fields.At(key), fields.Map[key], $"{key} must be more than 0 and at most 4h.");
            return null;
        }

        return wait;
    }
}
