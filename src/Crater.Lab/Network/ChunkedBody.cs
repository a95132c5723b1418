namespace Crater.Lab.Network;

/// <summary>Finds the end of a chunked body (RFC 9112, section 7.1).</summary>
internal struct ChunkedBody
{
    private enum Place { Size, Extension, Data, DataEnd, Trailer }

    private Place _place;
    private long _left;
    private bool _lineHasText;

    /// <returns>How many bytes belong to the body.</returns>
    public int Consume(ReadOnlySpan<byte> bytes, out bool isEnd)
    {
        isEnd = false;
        var at = 0;
        while (at < bytes.Length && !isEnd)
        {
            if (_place == Place.Data)
            {
                var count = (int)Math.Min(_left, bytes.Length - at);
                _left -= count;
                at += count;
                _place = _left == 0 ? Place.DataEnd : Place.Data;
                continue;
            }

            isEnd = Step(bytes[at++]);
        }

        return at;
    }

    private bool Step(byte letter)
    {
        switch (_place)
        {
            case Place.Size when letter != '\n':
                _left = Digit(letter) is { } digit ? (_left * 16) + digit : _left;
                _place = letter == ';' ? Place.Extension : Place.Size;
                return false;
            case Place.Size or Place.Extension:
                BeginData(letter);
                return false;
            case Place.DataEnd:
                _place = letter == '\n' ? Place.Size : Place.DataEnd;
                return false;
            default:
                return StepTrailer(letter);
        }
    }

    private void BeginData(byte letter)
    {
        if (letter == '\n')
        {
            _place = _left == 0 ? Place.Trailer : Place.Data;
        }
    }

    /// <summary>An empty line ends the trailers and the body.</summary>
    private bool StepTrailer(byte letter)
    {
        if (letter == '\n')
        {
            var isEnd = !_lineHasText;
            _lineHasText = false;
            return isEnd;
        }

        _lineHasText |= letter != '\r';
        return false;
    }

    private static int? Digit(byte letter) => letter switch
    {
        >= (byte)'0' and <= (byte)'9' => letter - '0',
        >= (byte)'a' and <= (byte)'f' => letter - 'a' + 10,
        >= (byte)'A' and <= (byte)'F' => letter - 'A' + 10,
        _ => null,
    };
}
