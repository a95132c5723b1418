using System.Buffers.Binary;
using System.Text;

namespace Crater.Agent.Host;

/// <summary>Netlink messages one after the other, as the kernel reads them: each with a header, attributes and nested attributes, aligned to four bytes.</summary>
internal sealed class NetlinkMessage
{
    public const ushort Request = 1;
    public const ushort Acknowledge = 4;
    public const ushort Create = 0x400;
    public const ushort Dump = 0x300;

    /// <summary>Only when it is not there yet.</summary>
    public const ushort Exclusive = 0x200;

    private const ushort Nested = 0x8000;

    private byte[] _bytes = new byte[4096];
    private int _length;
    private uint _sequence;

    public ReadOnlySpan<byte> Content => _bytes.AsSpan(0, _length);

    /// <summary>How many of the messages the kernel answers.</summary>
    public int Acknowledged { get; private set; }

    /// <summary>A message of netfilter: its header, what follows it, and its attributes.</summary>
    /// <param name="family">NFPROTO_*.</param>
    /// <param name="resource">In network order on the wire: a queue's number, or the subsystem of a batch.</param>
    public NetlinkMessage Add(ushort type, ushort flags, byte family, ushort resource, Action<NetlinkMessage>? attributes = null) =>
        Add(type, flags, [family, 0, (byte)(resource >> 8), (byte)resource], attributes);

    /// <summary>A message of any subsystem: the header that it puts before the attributes, and the attributes.</summary>
    public NetlinkMessage Add(ushort type, ushort flags, ReadOnlySpan<byte> header, Action<NetlinkMessage>? attributes)
    {
        var start = _length;
        Raw(16);
        BinaryPrimitives.WriteUInt16LittleEndian(At(start + 4), type);
        BinaryPrimitives.WriteUInt16LittleEndian(At(start + 6), (ushort)(flags | Request));
        BinaryPrimitives.WriteUInt32LittleEndian(At(start + 8), ++_sequence);
        Bytes(header);
        attributes?.Invoke(this);
        BinaryPrimitives.WriteInt32LittleEndian(At(start), _length - start);
        Acknowledged += (flags & Acknowledge) != 0 ? 1 : 0;
        return this;
    }

    /// <summary>A message that asks for everything of a kind.</summary>
    /// <param name="header">Bytes of the header that its subsystem puts before the attributes, all of them zero.</param>
    public NetlinkMessage All(ushort type, int header)
    {
        var start = _length;
        Raw(16 + header);
        BinaryPrimitives.WriteInt32LittleEndian(At(start), _length - start);
        BinaryPrimitives.WriteUInt16LittleEndian(At(start + 4), type);
        BinaryPrimitives.WriteUInt16LittleEndian(At(start + 6), Dump | Request);
        BinaryPrimitives.WriteUInt32LittleEndian(At(start + 8), ++_sequence);
        return this;
    }

    /// <summary>Bytes without a header of their own, such as a structure that stands before attributes.</summary>
    public NetlinkMessage Bytes(ReadOnlySpan<byte> data)
    {
        var start = _length;
        Raw(data.Length);
        data.CopyTo(At(start));
        return this;
    }

    public NetlinkMessage Data(ushort type, ReadOnlySpan<byte> data)
    {
        var start = _length;
        Raw(4 + data.Length);
        data.CopyTo(At(start + 4));
        BinaryPrimitives.WriteUInt16LittleEndian(At(start), (ushort)(4 + data.Length));
        BinaryPrimitives.WriteUInt16LittleEndian(At(start + 2), type);
        return this;
    }

    public NetlinkMessage Text(ushort type, string text) => Data(type, Encoding.UTF8.GetBytes(text + "\0"));

    /// <summary>In network order, as netfilter has its numbers.</summary>
    public NetlinkMessage Number(ushort type, uint number)
    {
        Span<byte> data = stackalloc byte[4];
        BinaryPrimitives.WriteUInt32BigEndian(data, number);
        return Data(type, data);
    }

    /// <inheritdoc cref="Number"/>
    public NetlinkMessage Short(ushort type, ushort number)
    {
        Span<byte> data = stackalloc byte[2];
        BinaryPrimitives.WriteUInt16BigEndian(data, number);
        return Data(type, data);
    }

    public NetlinkMessage Nest(ushort type, Action<NetlinkMessage> inside)
    {
        var start = _length;
        Raw(4);
        inside(this);
        BinaryPrimitives.WriteUInt16LittleEndian(At(start), (ushort)(_length - start));
        BinaryPrimitives.WriteUInt16LittleEndian(At(start + 2), (ushort)(type | Nested));
        return this;
    }

    private Span<byte> At(int start) => _bytes.AsSpan(start);

    private void Raw(int count)
    {
        var end = _length + ((count + 3) & ~3);
        while (end > _bytes.Length)
        {
            Array.Resize(ref _bytes, _bytes.Length * 2);
        }

        _bytes.AsSpan(_length, end - _length).Clear();
        _length = end;
    }
}
