using Crater.Diagnostics;
using Crater.Documents;
using Crater.Targets;

namespace Crater.Experiments.Reading;

/// <summary>The keys of one map while they are being read. What nobody asks for is an unknown key and is warned about at the end.</summary>
internal sealed class Fields(MapNode map, string path, ReadScope scope)
{
    private readonly List<string> _asked = new(8);

    public MapNode Map { get; } = map;

    public string Path { get; } = path;

    public ReadScope Scope { get; } = scope;

    public string At(string key) => Path.Length == 0 ? key : $"{Path}.{key}";

    /// <summary>The value under the first of the names that is there; null for none or an explicit null.</summary>
    public DocumentNode? Take(params ReadOnlySpan<string> names)
    {
        DocumentNode? found = null;
        foreach (var name in names)
        {
            _asked.Add(name);
            found ??= Map[name] is ScalarNode { IsNull: true } ? null : Map[name];
        }

        return found;
    }

    /// <summary>The same with configuration put in.</summary>
    public DocumentNode? TakeResolved(params ReadOnlySpan<string> names) =>
        Take(names) is { } node ? Scope.Resolve(node, At(names[0])) is var resolved && resolved is ScalarNode { IsNull: true } ? null : resolved : null;

    /// <summary>The same with secrets put in too, for values that stand in no plan.</summary>
    public DocumentNode? TakeFilled(string key) =>
        Take(key) is { } node ? Scope.Resolve(node, At(key), mayBeSecret: true) is var filled && filled is ScalarNode { IsNull: true } ? null : filled : null;

    /// <summary>A text; numbers and booleans give their characters. Null and a problem when it is a map or a list.</summary>
    public string? Text(string key, bool isResolved = false)
    {
        var node = isResolved ? TakeResolved(key) : Take(key);
        if (node is null or ScalarNode)
        {
            return (node as ScalarNode)?.Text;
        }

        Wrong(key, node, "a text");
        return null;
    }

    public MapNode? MapOf(string key) => Of<MapNode>(key, "a map");

    public ListNode? ListOf(string key) => Of<ListNode>(key, "a list");

    public bool? Flag(string key, string code = "CRT2006")
    {
        var node = Take(key);
        if (node is null or ScalarNode { Boolean: not null })
        {
            return (node as ScalarNode)?.Boolean;
        }

        Wrong(key, node, "true or false", code);
        return null;
    }

    /// <summary>A duration: <c>2s</c>, <c>1m30s</c>, or a number of seconds.</summary>
    public TimeSpan? Duration(string key, string code = "CRT2006")
    {
        var node = TakeResolved(key);
        if (node is null)
        {
            return null;
        }

        if (node is ScalarNode scalar && Durations.TryParse(scalar.Text, out var duration))
        {
            return duration;
        }

        Wrong(key, node, "a duration such as 500ms, 2s or 1m30s", code);
        return null;
    }

    /// <summary>A whole number within limits.</summary>
    public int? Integer(string key, int min, int max, string code = "CRT2006")
    {
        var node = TakeResolved(key);
        if (node is null)
        {
            return null;
        }

        if (node is ScalarNode { Integer: { } whole } && whole >= min && whole <= max)
        {
            return (int)whole;
        }

        Wrong(key, node, max == int.MaxValue ? $"a whole number of at least {min}" : $"a whole number from {min} to {max}", code);
        return null;
    }

    public double? Number(string key, string code = "CRT2006")
    {
        var node = TakeResolved(key);
        if (node is null or ScalarNode { Number: not null })
        {
            return (node as ScalarNode)?.Number;
        }

        Wrong(key, node, "a number", code);
        return null;
    }

    /// <summary>Known to the format but without effect here: said, not ignored in silence.</summary>
    public void Kept(string key, string why)
    {
        if (Take(key) is { } node)
        {
            Scope.Warn("CRT2008", At(key), node, why);
        }
    }

    public void Wrong(string key, DocumentNode node, string expected, string code = "CRT2006") =>
        Scope.Error(code, At(key), node, $"{key} must be {expected}; found {node.Saying}.");

    /// <summary>Warns about each key that was not asked for. Keys that begin with <c>x-</c> are the user's own.</summary>
    public void WarnUnknown(string what)
    {
        Scope.Options.Taken?.Invoke(what, _asked);
        foreach (var entry in Map.Entries.Where(entry => !_asked.Contains(entry.Key) && !entry.Key.StartsWith("x-", StringComparison.Ordinal)))
        {
            Scope.Problems.Add(new Problem(At(entry.Key), "CRT2007",
                $"{what} has no key {entry.Key}; it has no effect.{Scope.Hint(entry.Key, _asked)}", entry.Line, entry.Column)
            { IsWarning = true });
        }
    }

    private TNode? Of<TNode>(string key, string expected) where TNode : DocumentNode
    {
        var node = Take(key);
        if (node is null or TNode)
        {
            return node as TNode;
        }

        Wrong(key, node, expected);
        return null;
    }
}
