using System.Text.Json.Nodes;
using Crater.Lab.Store;

namespace Crater.Lab.Api.Ownership;

/// <summary>Keeps account of who has written which field, as the real server does in metadata.managedFields.</summary>
internal static class ManagedFields
{
    /// <summary>Who writes where nobody says so: the lab's own controllers.</summary>
    public const string Controllers = "kube-controller-manager";

    private const string LastApplied = "kubectl.kubernetes.io/last-applied-configuration";

    /// <summary>Who owns what was there before anybody kept account.</summary>
    private const string BeforeFirst = "before-first-apply";

    /// <summary>More managers that update than these are not told apart, as on a real server; the oldest become one.</summary>
    private const int UpdatersMax = 10;

    /// <summary>An update: what it has changed is the writer's now, and nobody else's.</summary>
    /// <param name="before">Empty for a new object.</param>
    /// <param name="asked">What the writer says about managedFields itself; null when it may not.</param>
    /// <param name="known">What has changed, where that is another thing than how the two differ.</param>
    public static void Track(ResourceKind kind, JsonObject before, JsonObject after, JsonNode? asked, Manager by, string time,
        FieldChanges? known = null)
    {
        var changes = known ?? FieldCompare.Compare(before, after, kind);
        if (changes.IsEmpty && asked is null)
        {
            Keep(before, after);
            return;
        }

        var entries = Known(before, asked);
        if (!changes.IsEmpty)
        {
            var mine = entries.Find(entry => entry.By.IsSame(by));
            var fields = (mine?.Fields ?? new FieldSet()).Except(changes.Removed).Union(changes.Written);
            entries = [.. Without(entries, changes.Removed.Union(changes.Written), by)];
            var isSame = mine is not null && mine.Fields.IsSame(fields);
            entries.Add(new Owned(by, fields, isSame ? mine!.Time : time));
        }

        Owned.Write(after, Capped(entries));
    }

    /// <summary>Server-side apply: the object as it is to be, with its managers.</summary>
    /// <param name="live">Empty, but for its identity, when it is to be created.</param>
    /// <exception cref="ApiException">Conflict: a field belongs to somebody else and has another value, and force is not asked for.</exception>
    public static JsonObject Apply(ResourceKind kind, JsonObject live, JsonObject applied, Manager by, bool force, string time)
    {
        var (shape, entries, config) = (FieldShape.Of(kind), Known(live, null), applied.DeepClone().AsObject());
        config.Map("metadata")?.Remove("managedFields");
        if (entries.Count == 0 && live.Uid().Length > 0)
        {
            entries.Add(new Owned(by with { Name = BeforeFirst, Operation = Manager.Update, Subresource = "" }, Whole(kind, live), time));
        }

        var mine = entries.Find(entry => entry.By.IsSame(by));
        var fields = FieldCompare.SetOf(config, kind);
        var others = entries.Where(entry => !entry.By.IsSame(by)).Aggregate(new FieldSet(), (all, entry) => all.Union(entry.Fields));
        var merged = FieldMerge.Merge(live, config, shape)!.AsObject();
        if (mine is not null)
        {
            // Also those that only lead to what is still there: whoever names a field keeps the way to it.
            FieldMerge.Remove(merged, mine.Fields.Except(fields), others.Union(fields), shape);
        }

        var changes = FieldCompare.Compare(live, merged, kind);
        List<(Manager By, FieldSet Fields)> conflicts = [.. entries.Where(entry => !entry.By.IsSame(by))
            .Select(entry => (entry.By, entry.Fields.Intersect(changes.Written).Except(Excused(kind, live, by)).Trim())).Where(conflict => !conflict.Item2.IsEmpty)];
        if (conflicts.Count > 0 && !force)
        {
            throw Refused(conflicts);
        }

        if (by.Name == "kubectl" && merged.Text("metadata", "annotations", LastApplied).Length > 0)
        {
            merged.Make("metadata", "annotations")[LastApplied] = config.ToJsonString() + "\n";
        }

        entries = [.. Without(entries, changes.Removed.Union(changes.Written), by)];
        // As on the real server: who has changed nothing gets no time, also who is new.
        entries.Add(new Owned(by, fields, changes.IsEmpty ? mine?.Time ?? "" : time));
        Owned.Write(merged, entries);
        return merged;
    }

    private static FieldSet Whole(ResourceKind kind, JsonObject live)
    {
        var copy = live.DeepClone().AsObject();
        copy.Map("metadata")?.Remove("managedFields");
        return FieldCompare.Compare([], copy, kind).Written;
    }

    /// <summary>What kubectl may take over from its own client-side apply: whatever that has applied and nobody has changed since.</summary>
    private static FieldSet Excused(ResourceKind kind, JsonObject live, Manager by)
    {
        if (by.Name != "kubectl" || live.Text("metadata", "annotations", LastApplied) is not { Length: > 0 } text)
        {
            return new FieldSet();
        }

        try
        {
            var last = JsonNode.Parse(text)!.AsObject();
            var changes = FieldCompare.Compare(last, live, kind);
            return FieldCompare.SetOf(last, kind).Except(changes.Written.Union(changes.Removed));
        }
        catch (Exception broken) when (broken is System.Text.Json.JsonException or InvalidOperationException)
        {
            return new FieldSet();
        }
    }

    private static void Keep(JsonObject before, JsonObject after)
    {
        if (before.At("metadata", "managedFields") is { } managers)
        {
            after.Make("metadata")["managedFields"] = managers.DeepClone();
        }
    }

    /// <summary>The managers of an object, or those that a writer gives it instead.</summary>
    private static List<Owned> Known(JsonObject live, JsonNode? asked)
    {
        if (asked.At("metadata", "managedFields") is JsonArray { Count: 1 } only && only[0] is JsonObject { Count: 0 })
        {
            return [];
        }

        return Owned.Read(asked) is { Count: > 0 } given ? given : Owned.Read(live);
    }

    /// <summary>The entries without the fields that somebody else has just written or removed.</summary>
    private static IEnumerable<Owned> Without(IEnumerable<Owned> entries, FieldSet gone, Manager by) => entries
        .Where(entry => !entry.By.IsSame(by)).Select(entry => entry with { Fields = entry.Fields.Except(gone).Trim() }).Where(entry => !entry.Fields.IsEmpty);

    private static IEnumerable<Owned> Capped(List<Owned> entries)
    {
        var updaters = entries.Where(entry => entry.By.Operation == Manager.Update && entry.By.Subresource.Length == 0)
            .OrderBy(entry => entry.Time, StringComparer.Ordinal).ToList();
        if (updaters.Count <= UpdatersMax)
        {
            return entries;
        }

        var ancient = updaters.Take(updaters.Count - UpdatersMax + 1).ToList();
        var merged = new Owned(ancient[0].By with { Name = "ancient-changes" },
            ancient.Aggregate(new FieldSet(), (all, entry) => all.Union(entry.Fields)), ancient[^1].Time);
        return entries.Except(ancient).Append(merged);
    }

    private static ApiException Refused(List<(Manager By, FieldSet Fields)> conflicts)
    {
        var all = conflicts.OrderBy(conflict => conflict.By.ToString(), StringComparer.Ordinal)
            .SelectMany(conflict => conflict.Fields.Paths().Select(path => (By: conflict.By.ToString(), Path: path))).ToList();
        var message = all.Count == 1
            ? $"Apply failed with 1 conflict: conflict with {all[0].By}: {all[0].Path}"
            : $"Apply failed with {all.Count} conflicts: " + string.Join('\n', all.GroupBy(one => one.By)
                .Select(group => $"conflicts with {group.Key}:\n{string.Join('\n', group.Select(one => $"- {one.Path}"))}"));
        return new ApiException(409, "Conflict", message)
        {
            Details = new JsonObject
            {
                ["causes"] = new JsonArray([.. all.Select(one => (JsonNode)new JsonObject
                {
                    ["reason"] = "FieldManagerConflict", ["message"] = $"conflict with {one.By}", ["field"] = one.Path,
                })]),
            },
        };
    }
}
