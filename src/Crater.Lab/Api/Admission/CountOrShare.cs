using System.Text.Json.Nodes;
using Crater.Lab.Store;

namespace Crater.Lab.Api.Admission;

/// <summary>A whole number from zero, or a share in percent, as budgets and rolling updates have it.</summary>
internal static class CountOrShare
{
    public static void Check(string field, JsonValue value, FieldErrors errors)
    {
        var text = value.Text();
        if (value.GetValueKind() == System.Text.Json.JsonValueKind.String && (!text.EndsWith('%') || text.Length < 2 || !text[..^1].All(char.IsAsciiDigit)))
        {
            errors.Invalid(field, value, "a valid percent string must be a numeric string followed by an ending '%' (e.g. '1%',  or '93%', regex used for validation is '[0-9]+%')");
        }
        else if (text.StartsWith('-'))
        {
            errors.Invalid(field, value, "must be greater than or equal to 0");
        }
    }

    /// <summary>Of what is counted there is no more than all of it.</summary>
    public static void CheckAtMostAll(string field, JsonNode? value, FieldErrors errors)
    {
        if (value.Text() is [.. var share, '%'] && int.TryParse(share, out var percent) && percent > 100)
        {
            errors.Invalid(field, value, "must not be greater than 100%");
        }
    }
}
