using System.Text;
using System.Text.Unicode;

namespace Crater.Runs.Activities.Processes;

/// <summary>The beginning of what a program or a server sends, however much that is.</summary>
internal sealed class KeptOutput(int max)
{
    private byte[] _kept = [];
    private int _length;

    public bool IsCut { get; private set; }

    public void Add(ReadOnlySpan<byte> bytes)
    {
        var room = Math.Min(bytes.Length, max - _length);
        IsCut |= room < bytes.Length;
        if (_length + room > _kept.Length)
        {
            // What most programs write fits at once.
            Array.Resize(ref _kept, Math.Max(_length + room, Math.Min(max, _kept.Length * 2)));
        }

        bytes[..room].CopyTo(_kept.AsSpan(_length));
        _length += room;
    }

    /// <summary>The text, and that it was cut if it was.</summary>
    /// <param name="known">Null when nobody said what it is written in.</param>
    public string Text(Encoding? known = null)
    {
        ReadOnlySpan<byte> whole = _kept.AsSpan(0, _length);
        whole = IsCut && known is null or UTF8Encoding ? WithoutHalfCharacter(whole) : whole;
        return (known?.GetString(whole) ?? Decoded(whole)) + (IsCut ? $" [cut after {max} bytes]" : "");
    }

    /// <summary>
    /// By its mark, else UTF-8, else one byte a character if that reads as text, else UTF-8 with U+FFFD for what is none. Chaos Toolkit asks a detector,
    /// which for short texts is chance, and fails the activity when it knows nothing.
    /// </summary>
    public static string Decoded(ReadOnlySpan<byte> bytes) => bytes switch
    {
        [0xEF, 0xBB, 0xBF, ..] => Encoding.UTF8.GetString(bytes[3..]),
        [0xFF, 0xFE, 0, 0, ..] => Encoding.UTF32.GetString(bytes[4..]),
        [0xFF, 0xFE, ..] when bytes.Length % 2 == 0 => Encoding.Unicode.GetString(bytes[2..]),
        [0xFE, 0xFF, ..] when bytes.Length % 2 == 0 => Encoding.BigEndianUnicode.GetString(bytes[2..]),
        _ => !Utf8.IsValid(bytes) && IsLatin(bytes) ? Encoding.Latin1.GetString(bytes) : Encoding.UTF8.GetString(bytes),
    };

    // Letters of western Europe among plain text; no control characters but white space, bell to return, and escape.
    private static bool IsLatin(ReadOnlySpan<byte> bytes)
    {
        foreach (var value in bytes)
        {
            if (value is < 7 or (> 13 and < 32 and not 27) or (>= 0x7F and < 0xA0))
            {
                return false;
            }
        }

        return true;
    }

    private static ReadOnlySpan<byte> WithoutHalfCharacter(ReadOnlySpan<byte> bytes)
    {
        for (var back = 1; back <= Math.Min(3, bytes.Length); back++)
        {
            var value = bytes[^back];
            if (value < 0x80)
            {
                break;
            }

            if (value >= 0xC0)
            {
                var length = value >= 0xF0 ? 4 : value >= 0xE0 ? 3 : 2;
                return back < length ? bytes[..^back] : bytes;
            }
        }

        return bytes;
    }
}
