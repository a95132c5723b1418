using Crater.Diagnostics;
using Crater.Documents;

namespace Crater.Experiments.Reading;

/// <summary>Reads Chaos Toolkit's open format with Crater's own keys beside it.</summary>
internal sealed class FullForm(ReadScope scope)
{
    private static readonly string[] Levels = ["high", "medium", "low", "none"];

    private static readonly string[] HypothesisStrategies =
        ["default", "before-method-only", "after-method-only", "during-method-only", "continuously", "skip"];

    private static readonly string[] RollbackStrategies = ["default", "always", "never", "deviated"];

    private static readonly string[] Drivers = ["kubernetes", "lab", "agent", "litmus", "chaos-mesh", "aws"];

    public Experiment Read(Fields fields, string source, string format)
    {
        var activities = new ActivityReader(scope);
        var limits = new LimitsReader(scope);
        var experiment = new Experiment
        {
            Title = "",
            Description = Description(fields),
            Tags = Tags(fields),
            Hypothesis = Hypothesis(fields, activities),
            Method = Method(fields, activities),
            Rollbacks = activities.ReadAll(fields.ListOf("rollbacks"), "rollbacks", Place.Rollbacks),
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
        Runtime(fields);
        fields.Kept("controls", "Controls are kept and not run in this release.");
        fields.Kept("dry", "dry in a document has no effect; use craterctl run --dry-run.");
        fields.Take("version");
        fields.WarnUnknown("An experiment");
        return experiment;
    }

    private string Description(Fields fields)
    {
        var description = fields.Text("description");
        if (string.IsNullOrWhiteSpace(description))
        {
            scope.Warn("CRT2003", "description", fields.Map["description"] ?? fields.Map, "description is missing or empty; Chaos Toolkit would refuse the document.");
        }

        return description ?? "";
    }

    private List<string> Tags(Fields fields)
    {
        List<string> tags = [];
        foreach (var item in fields.ListOf("tags")?.Items ?? [])
        {
            if (item is ScalarNode { IsText: true } tag && !string.IsNullOrWhiteSpace(tag.Text))
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

    private SteadyStateHypothesis? Hypothesis(Fields fields, ActivityReader activities)
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

        var probes = activities.ReadAll(own.ListOf("probes"), $"{Key}.probes", Place.Hypothesis);
        foreach (var action in probes.Where(probe => !probe.IsProbe))
        {
            scope.Warn("CRT2043", Key, map, $"{action.Name} is an action in the hypothesis; it is played each time the hypothesis is checked.");
        }

        own.Kept("controls", "Controls are kept and not run in this release.");
        own.Kept("description", "A description of the hypothesis is kept and not used.");
        own.WarnUnknown("The hypothesis");
        return new SteadyStateHypothesis(title ?? "", probes);
    }

    private IReadOnlyList<Activity> Method(Fields fields, ActivityReader activities)
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

    private void Runtime(Fields fields)
    {
        if (fields.MapOf("runtime") is not { } map)
        {
            return;
        }

        var runtime = new Fields(map, "runtime", scope);
        Strategy(runtime, "hypothesis", HypothesisStrategies);
        Strategy(runtime, "rollbacks", RollbackStrategies);
        runtime.WarnUnknown("runtime");
    }

    private void Strategy(Fields runtime, string key, string[] known)
    {
        if (runtime.MapOf(key) is not { } map)
        {
            return;
        }

        var fields = new Fields(map, runtime.At(key), scope);
        var strategy = fields.Text("strategy") ?? "default";
        fields.WarnUnknown(runtime.At(key));
        if (!known.Contains(strategy))
        {
            scope.Error("CRT2011", fields.At("strategy"), map["strategy"], $"There is no strategy {strategy}; use {string.Join(", ", known)}.{Spelling.DidYouMean(strategy, known)}");
        }
        else if (strategy != "default")
        {
            scope.Warn("CRT2012", fields.At("strategy"), map["strategy"], $"The strategy {strategy} is not applied in this release: the run does what default says.");
        }
    }
}
