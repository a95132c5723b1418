using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace Crater.Agent.Host;

/// <summary>Waits for many descriptors at one time (epoll): for each a number of the caller's own, and what is ready.</summary>
internal sealed unsafe class Poller : IDisposable
{
    public const uint Readable = 1;
    public const uint Writable = 4;

    /// <summary>Reported whether it is asked for or not.</summary>
    public const uint Broken = 8;

    /// <inheritdoc cref="Broken"/>
    public const uint Ended = 16;

    private const int Events = 128;

    /// <summary>The structure is packed on x86-64 alone.</summary>
    private static readonly int TagAt = RuntimeInformation.ProcessArchitecture == Architecture.X64 ? 4 : 8;

    private readonly Descriptor _poller;
    private readonly byte[] _events = new byte[16 * Events];

    /// <exception cref="HostException">The kernel said no.</exception>
    public Poller()
    {
        var number = Libc.PollerCreate(Libc.CloseOnExec);
        _poller = number >= 0 ? new Descriptor(number) : throw new HostException("Nothing could be waited for", Errno.Last);
    }

    public void Add(int descriptor, uint events, long tag) => Control(1, descriptor, events, tag);

    public void Change(int descriptor, uint events, long tag) => Control(3, descriptor, events, tag);

    public void Remove(int descriptor) => Control(2, descriptor, 0, 0);

    /// <summary>How many are ready; none when the time is over or a signal came.</summary>
    public int Wait(int milliseconds)
    {
        fixed (byte* events = _events)
        {
            return Math.Max(0, Libc.PollerWait(_poller.Number, events, Events, milliseconds));
        }
    }

    /// <summary>One of those that the last wait counted.</summary>
    public (long Tag, uint Events) this[int index]
    {
        get
        {
            var entry = _events.AsSpan(index * (TagAt + 8));
            return (BinaryPrimitives.ReadInt64LittleEndian(entry[TagAt..]), BinaryPrimitives.ReadUInt32LittleEndian(entry));
        }
    }

    public void Dispose() => _poller.Dispose();

    private void Control(int operation, int descriptor, uint events, long tag)
    {
        Span<byte> entry = stackalloc byte[16];
        BinaryPrimitives.WriteUInt32LittleEndian(entry, events);
        BinaryPrimitives.WriteInt64LittleEndian(entry[TagAt..], tag);
        fixed (byte* start = entry)
        {
            if (Libc.PollerControl(_poller.Number, operation, descriptor, start) != 0)
            {
                throw new HostException("A socket could not be waited for", Errno.Last);
            }
        }
    }
}
