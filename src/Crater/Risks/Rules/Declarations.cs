using System.Globalization;
using Crater.Discovery;
using Crater.Targets;

namespace Crater.Risks.Rules;

/// <summary>
/// What an application says about itself by annotation <c>crater.dev/&lt;key&gt;</c>, for what no manifest shows. A key may name the
/// dependencies that it is about, after a dot (<c>client-timeout.payment: none</c>) or beside it (<c>client-timeout: none</c>,
/// <c>client-timeout-to: payment</c>). Otherwise it is about every dependency.
/// </summary>
internal static class Declarations
{
    private const StringSplitOptions Trimmed = StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries;

    private static readonly char[] Separators = [',', ' '];

    private static readonly string[] No = ["none", "no", "false", "off", "0", "0s", "never", "unlimited", "infinite", "unbounded"];

    /// <summary>What is declared for one dependency; null when nothing is said about it.</summary>
    public static Declaration? Find(Component component, Component dependency, params ReadOnlySpan<string> keys)
    {
        foreach (var key in keys)
        {
            if (TopologyIndex.Declared(component, $"{key}.{dependency.Name}") is { } own)
            {
                return new Declaration($"{key}.{dependency.Name}", own, IsNamed: true);
            }

            var named = TopologyIndex.Declared(component, $"{key}-to", $"{key}-at")?.Split(Separators, Trimmed);
            if (TopologyIndex.Declared(component, key) is { } text && (named is null || named.Contains(dependency.Name)))
            {
                return new Declaration(key, text, IsNamed: named is not null);
            }
        }

        return null;
    }

    public static bool SaysNo(string text) => No.Contains(text.ToLowerInvariant());

    /// <summary>The first whole number in the text; null when there is none.</summary>
    public static int? Number(string text)
    {
        var digits = new string([.. text.SkipWhile(c => !char.IsAsciiDigit(c)).TakeWhile(char.IsAsciiDigit)]);
        return int.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;
    }

    /// <summary>True when the caller says that it works without the store, false when it says that it does not, null when it says nothing.</summary>
    public static bool? DoesWithout(Component caller, Component store) => Find(caller, store, "cache", "dependency") switch
    {
        { Text: var text } when IsOneOf(text, "optional", "soft", "fallback", "degrade") => true,
        { Text: var text } when IsOneOf(text, "required", "hard", "mandatory") => false,
        _ => null,
    };

    /// <summary>A declared timeout; null when it is not a duration.</summary>
    public static TimeSpan? Timeout(string text) => Durations.TryParse(text, out var timeout) && timeout > TimeSpan.Zero ? timeout : null;

    public static bool IsOneOf(string text, params ReadOnlySpan<string> words)
    {
        foreach (var word in words)
        {
            if (text.StartsWith(word, StringComparison.OrdinalIgnoreCase))
            {
                return true;
            }
        }

        return false;
    }
}

/// <param name="Key">The annotation's key without its prefix.</param>
/// <param name="Text">Its value.</param>
/// <param name="IsNamed">It names the dependency, rather than being about all of them.</param>
internal sealed record Declaration(string Key, string Text, bool IsNamed);
