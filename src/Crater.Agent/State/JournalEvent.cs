namespace Crater.Agent.State;

/// <summary>One thing that happened to an injection.</summary>
/// <param name="Kind">One of <see cref="EventKinds"/>.</param>
internal sealed record JournalEvent(string Kind, IReadOnlyDictionary<string, string> Fields)
{
    public static JournalEvent Of(string kind, params ReadOnlySpan<(string Key, string Value)> fields)
    {
        Dictionary<string, string> map = new(StringComparer.Ordinal);
        foreach (var (key, value) in fields)
        {
            map[key] = value;
        }

        return new JournalEvent(kind, map);
    }

    /// <summary>The same with more fields.</summary>
    public JournalEvent With(params ReadOnlySpan<(string Key, string Value)> fields)
    {
        Dictionary<string, string> map = new(Fields, StringComparer.Ordinal);
        foreach (var (key, value) in fields)
        {
            map[key] = value;
        }

        return this with { Fields = map };
    }

    public string this[string field] => Fields.GetValueOrDefault(field, "");
}

/// <summary>What can happen to an injection, in the order in which it normally does.</summary>
internal static class EventKinds
{
    /// <summary>Recovered before it was ever asked for: a late inject is refused.</summary>
    public const string Tombstone = "tombstone";

    /// <summary>What will be done, to what, until when, and how the target was before. Written and synced before anything is touched.</summary>
    public const string Intent = "intent";

    /// <summary>The guardian watches.</summary>
    public const string Armed = "armed";

    /// <summary>The fault is in place.</summary>
    public const string Injected = "injected";

    /// <summary>Putting it on failed; recovery follows.</summary>
    public const string Failed = "failed";

    /// <summary>Somebody has begun to take it off.</summary>
    public const string Recovering = "recovering";

    /// <summary>How the target was found afterwards. A clean one closes the injection.</summary>
    public const string Certificate = "certificate";
}
