using Crater.Diagnostics;
using Crater.Documents;

namespace Crater.Experiments.Reading;

/// <summary>Reads Chaos Toolkit's open format with Crater's own keys beside it.</summary>
internal sealed class FullForm(ReadScope scope)
{
    private static readonly string[] Levels = ["high", "medium", "low", "none"];

    private static readonly string[] Drivers = ["kubernetes", "lab", "agent", "litmus", "chaos-mesh", "aws"];

    public Experiment Read(Fields fields, string source, string format)
    {
        var controls = new ControlsReader(scope);
        var activities = new ActivityReader(scope, controls);
        var limits = new LimitsReader(scope);
        var (hypothesis, rollbacks) = new RuntimeReader(scope).Read(fields);
        var method = Method(fields, activities);
        var experiment = new Experiment
        {
            Title = "",
            Description = Description(fields),
            Tags = Tags(fields),
            Dynamic = scope.Dynamic.Read(activities),
            Controls = controls.Read(fields),
            Hypothesis = Hypothesis(fields, activities, controls),
            Method = activities.Settle(method, Place.Method),
            Rollbacks = activities.Settle(activities.ReadAll(fields.ListOf("rollbacks"), "rollbacks", Place.Rollbacks), Place.Rollbacks),
            HypothesisStrategy = hypothesis,
            RollbackStrategy = rollbacks,
            Guards = new GuardReader(scope).Read(fields.Take("guards")),
            BlastRadius = limits.ReadBlastRadius(fields.MapOf("blast-radius")),
            Load = limits.ReadLoad(fields.MapOf("load")),
            Risk = fields.Text("risk") ?? "",
            Driver = Driver(fields),
            Source = source,
            SourceFormat = format,
        };
        Contributions(fields);
        Extensions(fields);
        controls.CheckRefs();
        new OutputCheck(scope).Run(experiment);
        fields.Kept("dry", "dry in a document has no effect; give it as an option of the run.");
        fields.Take("version");
        fields.WarnUnknown("An experiment");
        return experiment;
    }

    private string Description(Fields fields)
    {
        var description = fields.Text("description");
        if (string.IsNullOrWhiteSpace(description))
        {
            var at = fields.Map["description"] ?? fields.Map;
            if (scope.Options.IsStrict)
            {
                scope.Error("CRT2003", "description", at, "description is missing or empty; say what the experiment is for.");
            }
            else
            {
                scope.Warn("CRT2003", "description", at, "description is missing or empty; Chaos Toolkit would refuse the document.");
            }
        }

        return description ?? "";
    }

    private List<string> Tags(Fields fields)
    {
        List<string> tags = [];
        if (fields.Take("tags") is ScalarNode { IsText: true, Text.Length: > 0 } only)
        {
            scope.Warn("CRT2006", "tags", only, "tags should be a list of texts; the one text is taken as one tag.");
            return [only.Text];
        }

        foreach (var item in fields.ListOf("tags")?.Items ?? [])
        {
            if (item is ScalarNode { IsText: true, Text.Length: > 0 } tag)
            {
                tags.Add(tag.Text);
            }
            else
            {
                scope.Error("CRT2005", "tags", item, $"A tag must be a text that is not empty; found {item.Saying}.");
            }
        }

        return tags;
    }

    private SteadyStateHypothesis? Hypothesis(Fields fields, ActivityReader activities, ControlsReader controls)
    {
        const string Key = "steady-state-hypothesis";
        if (fields.MapOf(Key) is not { } map)
        {
            return null;
        }

        var own = new Fields(map, Key, scope);
        var title = own.Text("title");
        if (string.IsNullOrWhiteSpace(title))
        {
            scope.Error("CRT2040", Key, map, "The hypothesis needs a title: the sentence that the run tries to refute.");
        }

        var probes = activities.Settle(activities.ReadAll(own.ListOf("probes"), $"{Key}.probes", Place.Hypothesis), Place.Hypothesis);
        foreach (var action in probes.Where(probe => !probe.IsProbe))
        {
            scope.Warn("CRT2043", Key, map, $"{action.Name} is an action in the hypothesis; it is played each time the hypothesis is checked.");
        }

        var hooks = controls.Read(own);
        own.Kept("description", "A description of the hypothesis is kept and not used.");
        own.WarnUnknown("The hypothesis");
        return new SteadyStateHypothesis(title ?? "", probes) { Controls = hooks };
    }

    private IReadOnlyList<ActivitySlot> Method(Fields fields, ActivityReader activities)
    {
        var node = fields.Take("method");
        if (node is ListNode list)
        {
            return activities.ReadAll(list, "method", Place.Method);
        }

        scope.Error("CRT2004", "method", node ?? fields.Map, "method is missing or no list; it lists what is done. An empty list [] checks the hypothesis alone.");
        return [];
    }

    private string Driver(Fields fields)
    {
        var driver = fields.Text("driver") ?? "";
        if (driver.Length > 0 && !Drivers.Contains(driver))
        {
            scope.Error("CRT2096", "driver", fields.Map["driver"], $"There is no driver {driver}; known are {string.Join(", ", Drivers)}.{Spelling.DidYouMean(driver, Drivers)}");
        }

        return driver;
    }

    private void Contributions(Fields fields)
    {
        foreach (var entry in fields.MapOf("contributions")?.Entries ?? [])
        {
            if (entry.Value is not ScalarNode scalar || !Levels.Contains(scalar.Text))
            {
                scope.Warn("CRT2010", $"contributions.{entry.Key}", entry.Value, $"A contribution is high, medium, low or none; found {entry.Value.Saying}.");
            }
        }
    }

    private void Extensions(Fields fields)
    {
        foreach (var item in fields.ListOf("extensions")?.Items ?? [])
        {
            if (item is not MapNode map || string.IsNullOrWhiteSpace(map.Text("name")))
            {
                scope.Error("CRT2009", "extensions", item, "An extension must be a map with a name.");
            }
        }
    }
}
