using Crater.Documents;

namespace Crater.Experiments.Reading;

/// <summary>Where an activity stands, which decides what it may be.</summary>
internal enum Place { Hypothesis, Method, Rollbacks, Tolerance, Configuration }

/// <summary>Reads probes and actions.</summary>
internal sealed class ActivityReader
{
    private readonly ReadScope _scope;
    private readonly ControlsReader _controls;
    private readonly ActivityRefs _refs;
    private readonly PausesReader _pauses;
    private readonly PatienceReader _patience;
    private readonly ProviderReader _providers;

    public ActivityReader(ReadScope scope, ControlsReader controls)
    {
        (_scope, _controls, _refs, _pauses) = (scope, controls, new ActivityRefs(scope), new PausesReader(scope));
        (_patience, _providers) = (new PatienceReader(scope, this), new ProviderReader(scope));
    }

    /// <summary>Reads a list. Its refs are looked up by <see cref="Settle"/>, when all lists are read.</summary>
    public IReadOnlyList<ActivitySlot> ReadAll(ListNode? list, string path, Place place)
    {
        List<ActivitySlot> slots = [];
        for (var i = 0; i < (list?.Items.Count ?? 0); i++)
        {
            var here = $"{path}[{i}]";
            if (list!.Items[i] is not MapNode { Entries.Count: > 0 } map)
            {
                _scope.Error("CRT2030", here, list.Items[i], $"An activity must be a map with type, name and provider, or with ref; found {list.Items[i].Saying}.");
            }
            else if (map["ref"] is { } named and not ScalarNode { IsNull: true })
            {
                slots.Add(new ActivitySlot(null, map, here));
            }
            else if (Read(map, here, place) is { } activity)
            {
                slots.Add(new ActivitySlot(activity, null, here));
                _refs.Remember(activity, map, place);
            }
        }

        return slots;
    }

    /// <summary>The list with every ref in the place of what it names.</summary>
    public IReadOnlyList<Activity> Settle(IReadOnlyList<ActivitySlot> slots, Place place) =>
        _refs.Settle(slots, place, fields => ReadTolerance(fields, place));

    /// <summary>Reads a probe of <c>configuration</c>, which needs no name and gets every group of secrets.</summary>
    public Activity? ReadDynamic(MapNode map, string path, string key) => Read(map, path, Place.Configuration, key) switch
    {
        { Provider: PythonProvider python } probe => probe with { Provider = python with { Secrets = [.. _scope.Secrets.Groups] } },
        var probe => probe,
    };

    /// <summary>Reads one activity; null when it is not fit to be used.</summary>
    /// <param name="unnamed">Its name when it has none; empty where it must have one.</param>
    public Activity? Read(MapNode map, string path, Place place, string unnamed = "")
    {
        var fields = new Fields(map, path, _scope);
        var type = fields.Text("type");
        var name = fields.Text("name") ?? unnamed;
        var provider = ReadProvider(fields, place);
        var tolerance = ReadTolerance(fields, place);
        var (before, after) = _pauses.Read(fields.MapOf("pauses"), fields.At("pauses"));
        var background = ReadBackground(fields);
        var controls = _controls.Read(fields);
        var (retry, until) = (_patience.ReadRetry(fields, type == "probe"), _patience.ReadUntil(fields, type == "probe"));
        SayKept(fields);
        fields.WarnUnknown("An activity");
        if (type is not ("probe" or "action"))
        {
            _scope.Error("CRT2031", path, map, type is null ? "type is missing; write probe or action." : $"type is {type}; it must be probe or action.");
        }

        if (string.IsNullOrWhiteSpace(name))
        {
            _scope.Error("CRT2032", path, map, "name is missing; every activity needs one, for the journal and for ref.");
        }

        return provider is null || string.IsNullOrWhiteSpace(name) ? null : new Activity
        {
            Name = name,
            IsProbe = type == "probe",
            Provider = provider,
            Tolerance = tolerance,
            HasTolerance = map.Has("tolerance"),
            Background = background && place != Place.Hypothesis,
            PauseBefore = before,
            PauseAfter = after,
            Place = path,
            Controls = controls,
            IgnoresDry = map.Has("dry"),
            Retry = retry,
            Until = until,
        };
    }

    private Provider? ReadProvider(Fields fields, Place place)
    {
        var node = fields.Take("provider");
        if (node is not MapNode map)
        {
            _scope.Error("CRT2033", fields.Path, node ?? fields.Map, "provider is missing or no map; it says how the activity is carried out.");
            return null;
        }

        var provider = _providers.Read(map, fields.At("provider"), place);
        if (provider is FaultProvider && place != Place.Method)
        {
            _scope.Error("CRT2042", fields.Path, map, "A fault can be injected in the method only; it is recovered by itself at its end.");
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
                return new ToleranceReader(_scope, this).Read(has.Value, fields.At("tolerance"));
            }

            _scope.Error("CRT2041", fields.Path, fields.Map, "tolerance is missing; a hypothesis probe needs one to say what is normal.");
        }
        else if (has is not null && place != Place.Tolerance)
        {
            _scope.Warn("CRT2039", fields.At("tolerance"), has.Value, "A tolerance is checked in the hypothesis only; here it has no effect. until waits for one.");
        }

        return null;
    }

    // An explicit null is no boolean either.
    private static bool ReadBackground(Fields fields)
    {
        if (fields.Map["background"] is ScalarNode { IsNull: true } nothing)
        {
            fields.Take("background");
            fields.Wrong("background", nothing, "true or false", "CRT2035");
            return false;
        }

        return fields.Flag("background", "CRT2035") ?? false;
    }

    private void SayKept(Fields fields)
    {
        if (fields.Take("timeout") is { } timeout)
        {
            if (timeout is ScalarNode { Number: not null } or ScalarNode { Boolean: not null })
            {
                _scope.Warn("CRT2008", fields.At("timeout"), timeout, "A timeout of an activity has no effect; write it into the provider.");
            }
            else
            {
                fields.Wrong("timeout", timeout, "a number of seconds (and it has no effect here; write it into the provider)", "CRT2045");
            }
        }

        fields.Take("dry");
        if (fields.Map["dry"] is { } dry)
        {
            _scope.Warn("CRT2008", fields.At("dry"), dry, "dry of an activity matches no strategy, whatever its value: the activity is played even in a rehearsal.");
        }

        fields.Kept("secrets", "secrets of an activity have no effect; write them into the provider.");
        fields.Kept("configuration", "configuration of an activity has no effect.");
        fields.Kept("description", "A description of an activity is kept and not used.");
    }
}
