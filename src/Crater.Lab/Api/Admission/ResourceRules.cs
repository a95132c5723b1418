using System.Text.Json.Nodes;
using Crater.Lab.Store;
using Crater.Targets;

namespace Crater.Lab.Api.Admission;

/// <summary>What a container may ask for: amounts of what a node has.</summary>
internal static class ResourceRules
{
    private static readonly string[] Plain = ["cpu", "memory", "ephemeral-storage"];

    public static void Check(JsonObject container, string at, FieldErrors errors)
    {
        foreach (var part in (string[])["limits", "requests"])
        {
            foreach (var (name, amount) in container.Map("resources", part) ?? [])
            {
                Amount(name, amount.Text(), $"{at}.resources.{part}[{name}]", errors);
            }
        }

        var hasPlain = Plain.Take(2).Any(name => container.At("resources", "requests", name) is not null || container.At("resources", "limits", name) is not null);
        var hasHugePages = false;
        foreach (var (name, asked) in container.Map("resources", "requests") ?? [])
        {
            hasHugePages |= IsHugePages(name);
            Limit(container, name, asked.Text(), $"{at}.resources", errors);
        }

        if (hasHugePages && !hasPlain)
        {
            errors.Forbidden($"{at}.resources", "HugePages require cpu or memory");
        }
    }

    private static void Amount(string name, string amount, string field, FieldErrors errors)
    {
        if (!Plain.Contains(name) && !name.Contains('/', StringComparison.Ordinal) && !IsHugePages(name))
        {
            errors.Invalid(field, name, "must be a standard resource type or fully qualified");
            errors.Invalid(field, name, "must be a standard resource for containers");
        }

        if (!Quantity.TryParse(amount, out var value))
        {
            return;
        }

        if (value < 0)
        {
            errors.Invalid(field, amount, "must be greater than or equal to 0");
        }

        if (IsWhole(name) && value != Math.Floor(value))
        {
            errors.Invalid(field, $"{value * 1000:0}m", "must be an integer");
        }
    }

    private static void Limit(JsonObject container, string name, string asked, string at, FieldErrors errors)
    {
        var limit = container.Text("resources", "limits", name);
        if (limit.Length == 0)
        {
            if (IsWhole(name))
            {
                errors.Required($"{at}.limits", "Limit must be set for non overcommitable resources");
            }

            return;
        }

        if (!Quantity.TryParse(asked, out var least) || !Quantity.TryParse(limit, out var most))
        {
            return;
        }

        if (IsWhole(name) && least != most)
        {
            errors.Invalid($"{at}.requests", asked, $"must be equal to {name} limit of {limit}");
        }
        else if (least > most)
        {
            errors.Invalid($"{at}.requests", asked, $"must be less than or equal to {name} limit of {limit}");
        }
    }

    /// <summary>Whether it is given out in whole pieces, each to one alone.</summary>
    private static bool IsWhole(string name) => IsHugePages(name) || (name.Contains('/', StringComparison.Ordinal) && !name.Contains("kubernetes.io/", StringComparison.Ordinal));

    private static bool IsHugePages(string name) => name.StartsWith("hugepages-", StringComparison.Ordinal);
}
