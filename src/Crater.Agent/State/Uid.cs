using Crater.Agent.Host;

namespace Crater.Agent.State;

/// <summary>The name of an injection: 5 to 36 letters, digits, dashes or underscores, as ChaosMeta has it. Never used twice.</summary>
internal static class Uid
{
    public const int LengthMin = 5;
    public const int LengthMax = 36;

    public static string New() => "cr-" + Convert.ToHexStringLower(RandomBytes.Get(6));

    /// <summary>A valid one is safe as a file name.</summary>
    public static bool IsValid(string uid) =>
        uid.Length is >= LengthMin and <= LengthMax && uid.All(letter => char.IsAsciiLetterOrDigit(letter) || letter is '-' or '_');
}
