using Crater.Documents;
using Crater.Targets;

namespace Crater.Experiments.Reading;

/// <summary>Where an activity stands, which decides what it may be.</summary>
internal enum Place { Hypothesis, Method, Rollbacks, Tolerance }

/// <summary>Reads probes and actions.</summary>
internal sealed class ActivityReader(ReadScope scope)
{
    private readonly Dictionary<string, Activity> _byName = new(StringComparer.Ordinal);

    /// <summary>Reads a list; a <c>ref</c> may name an activity of the hypothesis or of the method, the last one of that name.</summary>
    public IReadOnlyList<Activity> ReadAll(ListNode? list, string path, Place place)
    {
        List<(Activity? Own, MapNode? Ref, string Path)> read = [];
        for (var i = 0; i < (list?.Items.Count ?? 0); i++)
        {
            var here = $"{path}[{i}]";
            if (list!.Items[i] is not MapNode { Entries.Count: > 0 } map)
            {
                scope.Error("CRT2030", here, list.Items[i], $"An activity must be a map with type, name and provider, or with ref; found {list.Items[i].Saying}.");
            }
            else if (map.Has("ref"))
            {
                read.Add((null, map, here));
            }
            else if (Read(map, here, place) is { } activity)
            {
                read.Add((activity, null, here));
                Remember(activity, map, here, place);
            }
        }

        return [.. read.Select(item => item.Own ?? Referred(item.Ref!, item.Path, place)).OfType<Activity>()];
    }

    /// <summary>Reads one activity; null when it is not fit to be used.</summary>
    public Activity? Read(MapNode map, string path, Place place)
    {
        var fields = new Fields(map, path, scope);
        var type = fields.Text("type");
        var name = fields.Text("name");
        var provider = ReadProvider(fields, place);
        var tolerance = ReadTolerance(fields, place);
        var (before, after) = ReadPauses(fields.MapOf("pauses"), fields.At("pauses"));
        var background = fields.Flag("background", "CRT2035") ?? false;
        SayKept(fields);
        fields.WarnUnknown("An activity");
        if (type is not ("probe" or "action"))
        {
            scope.Error("CRT2031", path, map, type is null ? "type is missing; write probe or action." : $"type is {type}; it must be probe or action.");
        }

        if (string.IsNullOrWhiteSpace(name))
        {
            scope.Error("CRT2032", path, map, "name is missing; every activity needs one, for the journal and for ref.");
        }

        return provider is null || string.IsNullOrWhiteSpace(name) ? null : new Activity
        {
            Name = name,
            IsProbe = type == "probe",
            Provider = provider,
            Tolerance = tolerance,
            Background = background && place != Place.Hypothesis,
            PauseBefore = before,
            PauseAfter = after,
        };
    }

    private Provider? ReadProvider(Fields fields, Place place)
    {
        var node = fields.Take("provider");
        if (node is not MapNode map)
        {
            scope.Error("CRT2033", fields.Path, (DocumentNode?)node ?? fields.Map, "provider is missing or no map; it says how the activity is carried out.");
            return null;
        }

        var provider = new ProviderReader(scope).Read(map, fields.At("provider"));
        if (provider is FaultProvider && place != Place.Method)
        {
            scope.Error("CRT2042", fields.Path, map, "A fault can be injected in the method only; it is recovered by itself at its end.");
        }

        return provider;
    }

    private Tolerance? ReadTolerance(Fields fields, Place place)
    {
        var has = fields.Map.Entry("tolerance");
        fields.Take("tolerance");
        if (place == Place.Hypothesis)
        {
            if (has is not null)
            {
                return new ToleranceReader(scope, this).Read(has.Value, fields.At("tolerance"));
            }

            scope.Error("CRT2041", fields.Path, fields.Map, "tolerance is missing; a hypothesis probe needs one to say what is normal.");
        }
        else if (has is not null && place != Place.Tolerance)
        {
            scope.Warn("CRT2039", fields.At("tolerance"), has.Value, "A tolerance is checked in the hypothesis only; here it has no effect.");
        }

        return null;
    }

    private (TimeSpan Before, TimeSpan After) ReadPauses(MapNode? map, string path)
    {
        if (map is null)
        {
            return default;
        }

        var fields = new Fields(map, path, scope);
        var pauses = (Pause(fields, "before"), Pause(fields, "after"));
        fields.WarnUnknown("pauses");
        return pauses;
    }

    private static TimeSpan Pause(Fields fields, string key)
    {
        if (fields.TakeResolved(key) is not { } node)
        {
            return TimeSpan.Zero;
        }

        if (node is ScalarNode scalar && (scalar.Number >= 0 || scalar.IsText) && Durations.TryParse(scalar.Text, out var pause))
        {
            return pause;
        }

        fields.Wrong(key, node, "a number of seconds, a duration such as 2s, or a ${variable} that is one", "CRT2036");
        return TimeSpan.Zero;
    }

    private static void SayKept(Fields fields)
    {
        fields.Kept("timeout", "A timeout of an activity has no effect; write it into the provider.");
        fields.Kept("controls", "Controls are kept and not run in this release.");
        fields.Kept("dry", "dry of an activity has no effect.");
        fields.Kept("secrets", "secrets of an activity have no effect; write them into the provider.");
        fields.Kept("configuration", "configuration of an activity has no effect.");
        fields.Kept("description", "A description of an activity is kept and not used.");
    }

    private void Remember(Activity activity, MapNode map, string path, Place place)
    {
        if (place == Place.Rollbacks)
        {
            return;
        }

        if (!_byName.TryAdd(activity.Name, activity))
        {
            scope.Warn("CRT2038", path, map, $"There are two activities named {activity.Name}; a ref means the last one.");
            _byName[activity.Name] = activity;
        }
    }

    private Activity? Referred(MapNode map, string path, Place place)
    {
        var fields = new Fields(map, path, scope);
        var name = fields.Text("ref");
        fields.WarnUnknown("An activity with ref");
        if (name is not null && _byName.TryGetValue(name, out var activity))
        {
            return place == Place.Hypothesis ? activity : activity with { Tolerance = null };
        }

        scope.Error("CRT2037", path, map, string.IsNullOrWhiteSpace(name)
            ? "ref is empty; it must be the name of an activity of the method or the hypothesis."
            : $"ref names {name}, and neither the method nor the hypothesis has an activity of that name.{Diagnostics.Spelling.DidYouMean(name, _byName.Keys)}");
        return null;
    }
}
