using System.Globalization;
using System.Text;

namespace Crater.Agent.State;

/// <summary>
/// A line that says of itself whether it is whole: its text, then <c> #</c> and eight digits of checksum. A write that was cut short lacks the end;
/// a line that has the end and another checksum was changed afterwards. The two are told apart, because the first is a normal death and the second is damage.
/// </summary>
internal static class SealedLine
{
    /// <summary>Stands at the end of a cut line once somebody has written after it.</summary>
    public const string TornMark = "~";

    private const int SealLength = 10;

    public static string Seal(string text) => $"{text} #{Checksum(text):x8}";

    public static (string? Text, LineState State) Open(string line)
    {
        if (line.EndsWith(TornMark, StringComparison.Ordinal))
        {
            return (null, LineState.Torn);
        }

        if (line.Length < SealLength || line[^SealLength] != ' ' || line[^(SealLength - 1)] != '#'
            || !uint.TryParse(line.AsSpan(line.Length - 8), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var seal))
        {
            return (null, LineState.Unsealed);
        }

        var text = line[..^SealLength];
        return Checksum(text) == seal ? (text, LineState.Whole) : (null, LineState.Damaged);
    }

    // CRC-32 as in ISO 3309, bit by bit: lines are short, and a table would cost more at start than it saves.
    private static uint Checksum(string text)
    {
        var remainder = uint.MaxValue;
        foreach (var octet in Encoding.UTF8.GetBytes(text))
        {
            remainder ^= octet;
            for (var bit = 0; bit < 8; bit++)
            {
                remainder = (remainder >> 1) ^ (0xEDB88320 & (uint)-(int)(remainder & 1));
            }
        }

        return ~remainder;
    }
}

/// <summary>Whether a line is what was once written.</summary>
internal enum LineState
{
    Whole,

    /// <summary>It was cut short, and a later writer has said so.</summary>
    Torn,

    /// <summary>It has no seal: cut short when it is the last of its file, damaged anywhere else.</summary>
    Unsealed,

    Damaged,
}
