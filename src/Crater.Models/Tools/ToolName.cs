using System.Text;

namespace Crater.Models.Tools;

/// <summary>Names as models know them: <c>StressApi</c> is <c>stress_api</c>.</summary>
internal static class ToolName
{
    public static string Of(string name)
    {
        var text = new StringBuilder();
        foreach (var c in name.EndsWith("Async", StringComparison.Ordinal) ? name[..^"Async".Length] : name)
        {
            if (char.IsUpper(c) && text.Length > 0)
            {
                text.Append('_');
            }

            text.Append(char.ToLowerInvariant(c));
        }

        return text.ToString();
    }
}
