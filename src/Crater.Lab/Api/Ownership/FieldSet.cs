using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Crater.Lab.Api.Ownership;

/// <summary>
/// A set of fields of one object, as a tree: each step is written as in FieldsV1, <c>f:name</c>, <c>k:{"name":"main"}</c> or <c>v:"x"</c>. A node
/// is in the set itself (".") or only leads to nodes that are.
/// </summary>
internal sealed class FieldSet
{
    private readonly SortedDictionary<string, FieldSet> _children = new(StringComparer.Ordinal);

    public bool IsMember { get; private set; }

    public bool IsEmpty => !IsMember && _children.Count == 0;

    public IEnumerable<KeyValuePair<string, FieldSet>> Children => _children;

    public FieldSet? Find(string step) => _children.GetValueOrDefault(step);

    public void Add() => IsMember = true;

    /// <summary>The child, made when it is not there; one that stays empty is to be dropped by <see cref="Trim"/>.</summary>
    public FieldSet Make(string step)
    {
        if (!_children.TryGetValue(step, out var child))
        {
            _children[step] = child = new FieldSet();
        }

        return child;
    }

    public static FieldSet Of(params IEnumerable<string[]> paths)
    {
        var made = new FieldSet();
        foreach (var path in paths)
        {
            path.Aggregate(made, (node, step) => node.Make(step)).Add();
        }

        return made;
    }

    public FieldSet Union(FieldSet other) => Combine(this, other, (a, b) => a || b);

    public FieldSet Except(FieldSet other) => Combine(this, other, (a, b) => a && !b);

    public FieldSet Intersect(FieldSet other) => Combine(this, other, (a, b) => a && b);

    public bool IsSame(FieldSet other) => IsMember == other.IsMember && _children.Count == other._children.Count
        && _children.All(child => other.Find(child.Key) is { } twin && child.Value.IsSame(twin));

    /// <summary>Takes out nodes that lead nowhere.</summary>
    public FieldSet Trim()
    {
        foreach (var (step, child) in _children.ToList())
        {
            if (child.Trim().IsEmpty)
            {
                _children.Remove(step);
            }
        }

        return this;
    }

    /// <summary>The fields as people and conflicts write them: <c>.spec.containers[name="main"].image</c>.</summary>
    public IEnumerable<string> Paths() => Paths("");

    public static FieldSet Parse(JsonObject fields)
    {
        var made = new FieldSet();
        foreach (var (step, value) in fields)
        {
            if (step == ".")
            {
                made.Add();
            }
            else
            {
                var child = value is JsonObject inner ? Parse(inner) : new FieldSet();
                if (child.IsEmpty)
                {
                    child.Add();
                }

                made._children[step] = child;
            }
        }

        return made;
    }

    /// <summary>FieldsV1; a set of one node is <c>{}</c>.</summary>
    public string Text()
    {
        using var bytes = new MemoryStream();
        using (var writer = new Utf8JsonWriter(bytes, new JsonWriterOptions { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            Write(writer);
        }

        return Encoding.UTF8.GetString(bytes.ToArray());
    }

    private void Write(Utf8JsonWriter writer)
    {
        writer.WriteStartObject();
        if (IsMember && _children.Count > 0)
        {
            writer.WriteStartObject(".");
            writer.WriteEndObject();
        }

        foreach (var (step, child) in _children)
        {
            writer.WritePropertyName(step);
            child.Write(writer);
        }

        writer.WriteEndObject();
    }

    private IEnumerable<string> Paths(string path)
    {
        if (IsMember && path.Length > 0)
        {
            yield return path;
        }

        foreach (var (step, child) in _children)
        {
            foreach (var one in child.Paths(path + Shown(step)))
            {
                yield return one;
            }
        }
    }

    private static string Shown(string step) => step[0] switch
    {
        'f' => "." + step[2..],
        'k' => $"[{string.Join(',', JsonNode.Parse(step[2..])!.AsObject().Select(key => $"{key.Key}={key.Value?.ToJsonString()}"))}]",
        'v' => $"[={step[2..]}]",
        _ => $"[{step[2..]}]",
    };

    private static FieldSet Combine(FieldSet? a, FieldSet? b, Func<bool, bool, bool> keep)
    {
        // Where one side has nothing, the other is kept whole or not at all: sets are not changed once they are made, so it may be shared.
        if (a is null or { IsEmpty: true } || b is null or { IsEmpty: true })
        {
            return a is { IsEmpty: false } && keep(true, false) ? a : b is { IsEmpty: false } && keep(false, true) ? b : new FieldSet();
        }

        var made = new FieldSet { IsMember = keep(a.IsMember, b.IsMember) };
        foreach (var step in a._children.Keys.Union(b._children.Keys))
        {
            var child = Combine(a.Find(step), b.Find(step), keep);
            if (!child.IsEmpty)
            {
                made._children[step] = child;
            }
        }

        return made;
    }
}
