using System.Text.Json.Nodes;

namespace Crater.Kubernetes.Doctor;

/// <summary>How a check ended.</summary>
public enum CheckState
{
    Fine,

    /// <summary>Something cannot be done, which nobody may need.</summary>
    Limited,

    /// <summary>Crater cannot work as it is asked to.</summary>
    Missing,
}

/// <summary>One thing that was looked at.</summary>
/// <param name="Name">What was looked at, in a word or two.</param>
/// <param name="Found">What was found.</param>
/// <param name="Advice">What to do; empty for what is fine.</param>
/// <param name="Code">CRT522x; empty for what is fine.</param>
public sealed record Check(string Name, CheckState State, string Found, string Advice = "", string Code = "");

/// <summary>Everything that was looked at in one cluster.</summary>
public sealed record Checkup(string Context, string Namespace, IReadOnlyList<Check> Checks)
{
    /// <summary>Nothing is missing; something may be limited.</summary>
    public bool IsFine => Checks.All(check => check.State != CheckState.Missing);

    public JsonObject ToJson() => new()
    {
        ["context"] = Context,
        ["namespace"] = Namespace,
        ["isFine"] = IsFine,
        ["checks"] = new JsonArray([.. Checks.Select(check => (JsonNode?)new JsonObject
        {
            ["check"] = check.Name,
            ["state"] = check.State.ToString().ToLowerInvariant(),
            ["code"] = check.Code,
            ["found"] = check.Found,
            ["advice"] = check.Advice,
        })]),
    };
}
