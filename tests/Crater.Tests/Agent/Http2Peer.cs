using System.Buffers.Binary;
using System.Text;
using Crater.Agent.Faults.Http;
using Xunit;

namespace Crater.Tests.Agent;

/// <summary>One end of a connection in HTTP/2 that forgives nothing: windows, the order of streams and frames where none may be are counted and checked.</summary>
internal sealed class Http2Peer(bool isClient, Random dice)
{
    private readonly Scribe _scribe = new(dice);
    private readonly HpackReader _reader = new();
    private readonly Http2Reader _frames = new();
    private readonly int _window = dice.Next(1, 100_000);
    private readonly int _lump = dice.Next(1, 65_000);
    private byte[] _left = [];
    private bool _hasHeard;
    private int _preface;
    private int _last;
    private long _initial = 65_535;
    private long _granted = 65_535;

    /// <summary>What it says, until somebody takes it.</summary>
    public Outgoing Out { get; } = new();

    public SortedDictionary<int, Talk> Talks { get; } = [];

    /// <summary>What it may send on the connection, and what it may get.</summary>
    public long SendRoom { get; private set; } = 65_535;

    public long Granted => _granted;

    public sealed class Talk
    {
        public List<string> Heard { get; } = [];

        public int HeardBytes { get; set; }

        public bool HasHeardEnd { get; set; }

        public uint? Reset { get; set; }

        public long SendRoom { get; set; }

        public long Granted { get; set; }

        /// <summary>Heard, and not allowed anew.</summary>
        public int Used { get; set; }

        public int ToSend { get; set; } = -1;

        public string Path => Heard.First(text => text.StartsWith(":path=", StringComparison.Ordinal))[6..^6];
    }

    public void Begin()
    {
        Out.Write(isClient ? Opening.Preface : []);
        byte[] settings = [0, 1, 0, 0, 0, 0, 0, 4, 0, 0, 0, 0];
        BinaryPrimitives.WriteInt32BigEndian(settings.AsSpan(2), dice.Next(2) * 4096);
        BinaryPrimitives.WriteInt32BigEndian(settings.AsSpan(8), _window);
        Http2Frame.Write(Out, FrameType.Settings, 0, 0, settings);
    }

    /// <summary>Begins a stream, or answers on it.</summary>
    /// <param name="body">How many bytes will follow.</param>
    public void Say(int stream, List<HeaderField> fields, int body)
    {
        var talk = Open(stream);
        talk.ToSend = body;
        var block = _scribe.Pack(fields);
        var flags = (byte)(body == 0 ? Http2Frame.EndsStream : 0);
        var cut = dice.Next(block.Length + 1);
        byte[] content = dice.Next(3) switch
        {
            0 => [3, .. block[..cut], 0, 0, 0],
            1 => [0, 0, 0, 0, 16, .. block[..cut]],
            _ => block[..cut],
        };
        flags |= content.Length == cut + 4 ? Http2Frame.IsPadded : content.Length == cut + 5 ? Http2Frame.HasPriority : (byte)0;
        Http2Frame.Write(Out, FrameType.Headers, flags, stream, content);
        Http2Frame.Write(Out, FrameType.Continuation, Http2Frame.EndsHeaders, stream, block.AsSpan(cut));
    }

    /// <summary>Sends a piece of some body for which there is room.</summary>
    public void Go()
    {
        var open = Talks.Where(talk => talk.Value is { ToSend: > 0, Reset: null, SendRoom: > 0 }).ToList();
        if (open.Count == 0 || SendRoom <= 0)
        {
            return;
        }

        var (stream, talk) = open[dice.Next(open.Count)];
        var count = (int)Math.Min(Math.Min(SendRoom, talk.SendRoom), Math.Min(talk.ToSend, dice.Next(1, 16_384)));
        Http2Frame.Write(Out, FrameType.Data, count == talk.ToSend ? Http2Frame.EndsStream : (byte)0, stream, new byte[count]);
        (SendRoom, talk.SendRoom, talk.ToSend) = (SendRoom - count, talk.SendRoom - count, talk.ToSend - count);
    }

    /// <returns>The streams whose last word came just now.</returns>
    public List<int> Hear(ReadOnlySpan<byte> bytes)
    {
        byte[] all = [.. _left, .. bytes];
        List<int> ended = [];
        var at = isClient ? 0 : Math.Min(all.Length, Opening.Preface.Length - _preface);
        _preface += at;
        while (_frames.Read(all.AsSpan(at), out var unit) is var kind && kind != HeadKind.Incomplete)
        {
            Assert.Equal(HeadKind.Clear, kind);
            Assert.True(_hasHeard || unit.Type == FrameType.Settings, $"the first frame is {unit.Type}");
            _hasHeard = true;
            Hear(unit);
            if (unit.Stream > 0 && Talks[unit.Stream].HasHeardEnd && unit.IsEnd && unit.Type is FrameType.Data or FrameType.Headers)
            {
                ended.Add(unit.Stream);
            }

            at += unit.Count;
        }

        _left = all[at..];
        return ended;
    }

    private void Hear(in Http2Unit unit)
    {
        switch (unit.Type)
        {
            case FrameType.Settings when (unit.Flags & Http2Frame.IsAnswer) == 0:
                var initial = BinaryPrimitives.ReadInt32BigEndian(unit.Content[8..]);
                foreach (var talk in Talks.Values)
                {
                    talk.SendRoom += initial - _initial;
                }

                _initial = initial;
                Http2Frame.Write(Out, FrameType.Settings, Http2Frame.IsAnswer, 0, []);
                break;
            case FrameType.Window when unit.Stream == 0:
                SendRoom += unit.Number;
                break;
            case FrameType.Headers:
                List<HeaderField> fields = [];
                Assert.True(_reader.Read(unit.Block, fields), "a head cannot be read");
                Assert.True(Talks.ContainsKey(unit.Stream) || (!isClient && unit.Stream > _last), $"a head on stream {unit.Stream} after {_last}");
                _last = Math.Max(_last, unit.Stream);
                Open(unit.Stream).Heard.AddRange(fields.Select(Scribe.Text));
                Open(unit.Stream).HasHeardEnd |= unit.IsEnd;
                break;
            case FrameType.Data:
                Data(unit, Talks[unit.Stream]);
                break;
            case FrameType.Window:
                Talks[unit.Stream].SendRoom += unit.Number;
                break;
            case FrameType.Reset:
                Talks[unit.Stream].Reset = unit.Number;
                break;
        }
    }

    private void Data(in Http2Unit unit, Talk talk)
    {
        Assert.False(talk.HasHeardEnd, "DATA after the end");
        var count = unit.Content.Length;
        _granted -= count;
        talk.Granted -= count;
        Assert.True(_granted >= 0 && talk.Granted >= 0, $"{count} bytes on stream {unit.Stream} are more than was allowed: {_granted}, {talk.Granted}");
        talk.HeardBytes += count;
        talk.HasHeardEnd |= unit.IsEnd;

        // Late and in lumps, as clients do that save frames; a stream's last piece gets no more room.
        if (65_535 - _granted >= _lump)
        {
            Http2Frame.WriteNumber(Out, FrameType.Window, 0, (uint)(65_535 - _granted));
            _granted = 65_535;
        }

        talk.Used += count;
        if (!unit.IsEnd && talk.Used >= (_window + 1) / 2)
        {
            Http2Frame.WriteNumber(Out, FrameType.Window, unit.Stream, (uint)talk.Used);
            (talk.Granted, talk.Used) = (talk.Granted + talk.Used, 0);
        }
    }

    private Talk Open(int stream) => Talks.TryGetValue(stream, out var known) ? known : Talks[stream] = new Talk { SendRoom = _initial, Granted = Math.Max(_window, 65_535) };
}
