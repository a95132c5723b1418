using System.Text.Json.Nodes;
using Crater.Lab.Store;

namespace Crater.Lab.Api.Admission;

/// <summary>What a selector of labels must and must not say.</summary>
internal static class SelectorRules
{
    /// <returns>Whether nothing is wrong with it.</returns>
    public static bool Check(JsonObject? selector, string path, FieldErrors errors)
    {
        var before = errors.Count;
        foreach (var (key, value) in selector.Labels("matchLabels"))
        {
            Names.CheckLabel($"{path}.matchLabels", key, value, errors);
        }

        foreach (var (index, expression) in selector.Each("matchExpressions").Index())
        {
            var at = $"{path}.matchExpressions[{index}]";
            Expression(expression, at, errors);
            Names.CheckQualified($"{at}.key", expression.Text("key"), errors);
        }

        return errors.Count == before;
    }

    /// <param name="compares">Whether it may also ask for more or less than a number, as those of nodes may.</param>
    public static void Expression(JsonObject expression, string at, FieldErrors errors, bool compares = false)
    {
        var values = expression.Texts("values").Count();
        switch (expression.Text("operator"))
        {
            case "In" or "NotIn" when values == 0:
                errors.Required($"{at}.values", "must be specified when `operator` is 'In' or 'NotIn'");
                break;
            case "Exists" or "DoesNotExist" when values > 0:
                errors.Forbidden($"{at}.values", "may not be specified when `operator` is 'Exists' or 'DoesNotExist'");
                break;
            case "Gt" or "Lt" when compares && values != 1:
                errors.Required($"{at}.values", "must be specified single value when `operator` is 'Lt' or 'Gt'");
                break;
            case "In" or "NotIn" or "Exists" or "DoesNotExist":
            case "Gt" or "Lt" when compares:
                break;
            default:
                errors.Invalid($"{at}.operator", expression.Text("operator"), "not a valid selector operator");
                break;
        }
    }
}
