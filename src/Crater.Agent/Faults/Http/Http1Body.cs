namespace Crater.Agent.Faults.Http;

/// <summary>Finds the end of a body in HTTP/1: by its length, by its chunks (RFC 9112, section 7.1), or by the end of the connection.</summary>
internal struct Http1Body
{
    private enum Place { Closed, Length, UntilEnd, Size, SizeEnd, Extension, Data, DataEnd, DataEndLine, Trailer, TrailerEnd }

    /// <summary>So many that the number stays far from overflowing.</summary>
    private const int SizeDigitsMax = 12;

    private Place _place;
    private long _left;
    private int _count;

    public readonly bool IsOpen => _place != Place.Closed;

    public static Http1Body OfLength(long length) => new() { _place = length > 0 ? Place.Length : Place.Closed, _left = length };

    public static Http1Body OfChunks() => new() { _place = Place.Size };

    public static Http1Body UntilEnd() => new() { _place = Place.UntilEnd };

    /// <returns>How many of the bytes belong to it; -1 when its chunks are not what the standard says.</returns>
    public int Take(ReadOnlySpan<byte> bytes)
    {
        var at = 0;
        while (at < bytes.Length && IsOpen)
        {
            switch (_place)
            {
                case Place.UntilEnd:
                    return bytes.Length;
                case Place.Length or Place.Data:
                    var count = (int)Math.Min(_left, bytes.Length - at);
                    _left -= count;
                    at += count;
                    _place = _left > 0 ? _place : _place == Place.Length ? Place.Closed : Place.DataEnd;
                    break;
                default:
                    if (!Step(bytes[at++]))
                    {
                        return -1;
                    }

                    break;
            }
        }

        return at;
    }

    /// <summary>One byte of what stands around the data.</summary>
    private bool Step(byte letter)
    {
        switch (_place)
        {
            case Place.Size when char.IsAsciiHexDigit((char)letter):
                _left = (_left * 16) + (letter <= (byte)'9' ? letter - (byte)'0' : (letter | 0x20) - (byte)'a' + 10);
                return ++_count <= SizeDigitsMax;
            case Place.Size when letter is (byte)'\r' or (byte)';':
                _place = letter == '\r' ? Place.SizeEnd : Place.Extension;
                return _count > 0;
            case Place.Extension:
                _place = letter == '\r' ? Place.SizeEnd : Place.Extension;
                return letter is not ((byte)'\n' or 0);
            case Place.SizeEnd:
                (_place, _count) = (_left > 0 ? Place.Data : Place.Trailer, 0);
                return letter == '\n';
            case Place.DataEnd or Place.DataEndLine:
                var isAsItShould = letter == (_place == Place.DataEnd ? '\r' : '\n');
                _place = _place == Place.DataEnd ? Place.DataEndLine : Place.Size;
                return isAsItShould;
            case Place.Trailer:
                // The count is that of the letters in this line: an empty one is the end of all.
                _place = letter == '\r' ? Place.TrailerEnd : Place.Trailer;
                _count += letter == '\r' ? 0 : 1;
                return letter is not ((byte)'\n' or 0);
            case Place.TrailerEnd:
                (_place, _count) = (_count == 0 ? Place.Closed : Place.Trailer, 0);
                return letter == '\n';
            default:
                return false;
        }
    }
}
