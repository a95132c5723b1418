using System.Text.RegularExpressions;

namespace Crater.Targets;

/// <summary>A Kubernetes label selector: <c>a=b, c!=d, e in (f, g), h notin (i), j, !k</c>.</summary>
public sealed partial class LabelSelector
{
    private readonly IReadOnlyList<Requirement> _requirements;

    private LabelSelector(IReadOnlyList<Requirement> requirements) => _requirements = requirements;

    private enum Relation { In, NotIn, Exists, Absent }

    private sealed record Requirement(string Key, Relation Relation, string[] Values);

    /// <summary>Reads the text form; an empty text matches everything.</summary>
    /// <exception cref="FormatException">The text is not a label selector; the message names the part.</exception>
    public static LabelSelector Parse(string text)
    {
        List<Requirement> requirements = [];
        foreach (var part in Separator().Split(text).Select(part => part.Trim()).Where(part => part.Length > 0))
        {
            requirements.Add(ParseOne(part));
        }

        return new LabelSelector(requirements);
    }

    public static bool TryParse(string text, out LabelSelector? selector)
    {
        try
        {
            selector = Parse(text);
            return true;
        }
        catch (FormatException)
        {
            selector = null;
            return false;
        }
    }

    public bool Matches(IReadOnlyDictionary<string, string> labels) => _requirements.All(requirement => requirement.Relation switch
    {
        Relation.In => labels.TryGetValue(requirement.Key, out var value) && requirement.Values.Contains(value),
        Relation.NotIn => !labels.TryGetValue(requirement.Key, out var value) || !requirement.Values.Contains(value),
        Relation.Exists => labels.ContainsKey(requirement.Key),
        _ => !labels.ContainsKey(requirement.Key),
    });

    private static Requirement ParseOne(string part)
    {
        if (SetForm().Match(part) is { Success: true } set)
        {
            var values = set.Groups[3].Value.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
            return new Requirement(set.Groups[1].Value, set.Groups[2].Value == "in" ? Relation.In : Relation.NotIn, values);
        }

        if (EqualityForm().Match(part) is { Success: true } equality)
        {
            var relation = equality.Groups[2].Value == "!=" ? Relation.NotIn : Relation.In;
            return new Requirement(equality.Groups[1].Value, relation, [equality.Groups[3].Value]);
        }

        if (PresenceForm().Match(part) is { Success: true } presence)
        {
            return new Requirement(presence.Groups[2].Value, presence.Groups[1].Length > 0 ? Relation.Absent : Relation.Exists, []);
        }

        throw new FormatException($"'{part}' is not a label selector; use key=value, key!=value, key in (a, b), key notin (a, b), key or !key.");
    }

    [GeneratedRegex(@",(?![^(]*\))")]
    private static partial Regex Separator();

    [GeneratedRegex(@"^([A-Za-z0-9_./-]+)\s+(in|notin)\s*\(([^)]*)\)$")]
    private static partial Regex SetForm();

    [GeneratedRegex(@"^([A-Za-z0-9_./-]+)\s*(==|=|!=)\s*([A-Za-z0-9_.-]*)$")]
    private static partial Regex EqualityForm();

    [GeneratedRegex(@"^(!?)\s*([A-Za-z0-9_./-]+)$")]
    private static partial Regex PresenceForm();
}
