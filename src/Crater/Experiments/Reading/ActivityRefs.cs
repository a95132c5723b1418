using Crater.Documents;

namespace Crater.Experiments.Reading;

/// <summary>What a list of activities holds before its refs are looked up.</summary>
/// <param name="Own">Null for a ref.</param>
/// <param name="Ref">The map with the ref; null for an activity of its own.</param>
internal sealed record ActivitySlot(Activity? Own, MapNode? Ref, string Path);

/// <summary>
/// The activities of one document by name. As in Chaos Toolkit those of the method come first and then those of the hypothesis; of two with one name the
/// last one counts, and activities of the rollbacks have no names that a ref could mean.
/// </summary>
internal sealed class ActivityRefs(ReadScope scope)
{
    private readonly Dictionary<string, Activity> _byName = new(StringComparer.Ordinal);

    public void Remember(Activity activity, MapNode map, Place place)
    {
        if (place is not (Place.Method or Place.Hypothesis))
        {
            return;
        }

        if (!_byName.TryAdd(activity.Name, activity))
        {
            scope.Warn("CRT2038", activity.Place, map, $"There are two activities named {activity.Name}; a ref means the last one.");
            _byName[activity.Name] = activity;
        }
    }

    /// <summary>The list with every ref in the place of what it names.</summary>
    /// <param name="tolerance">Reads the tolerance of a ref in the hypothesis, which has one of its own.</param>
    public IReadOnlyList<Activity> Settle(IReadOnlyList<ActivitySlot> slots, Place place, Func<Fields, Tolerance?> tolerance) =>
        [.. slots.Select(slot => slot.Own ?? Referred(slot.Ref!, slot.Path, place, tolerance)).OfType<Activity>()];

    private Activity? Referred(MapNode map, string path, Place place, Func<Fields, Tolerance?> tolerance)
    {
        var fields = new Fields(map, path, scope);
        var name = (fields.Take("ref") as ScalarNode)?.Text;
        var background = fields.Flag("background", "CRT2035") ?? false;
        var own = tolerance(fields);
        fields.WarnUnknown("An activity with ref");
        if (string.IsNullOrEmpty(name))
        {
            scope.Error("CRT2037", path, map["ref"] ?? map, "ref is empty or no text; it must be the name of an activity of the method or the hypothesis.");
            return null;
        }

        if (_byName.TryGetValue(name, out var activity))
        {
            return activity with { Place = path, Tolerance = own, Background = background && place != Place.Hypothesis };
        }

        var complaint = $"ref names {name}, and neither the method nor the hypothesis has an activity of that name.{scope.Hint(name, _byName.Keys)}";
        if (place == Place.Method)
        {
            scope.Error("CRT2037", path, map, complaint);
        }
        else
        {
            scope.Warn("CRT2044", path, map, $"{complaint} It will fail when it is played.");
        }

        return new Activity { Name = name, IsProbe = place == Place.Hypothesis, Provider = MissingProvider.Instance, Tolerance = own, Place = path, BrokenRef = name };
    }
}
