using System.Buffers.Binary;
using System.Collections.Concurrent;

namespace Crater.Runs.Activities.Processes;

/// <summary>
/// One thread for all programs of this process: it waits for what they write and for their ends, and reads and reaps. It waits for no pid but those it was
/// given, so that it and <see cref="System.Diagnostics.Process"/> leave each other's children alone. Most programs write little and end soon: what they write
/// waits in its pipe until they end, and only who lives longer than <see cref="YoungMs"/> is listened to before. So one turn does for most programs.
/// </summary>
internal sealed unsafe class ChildLoop
{
    private const int EventsMax = 32;
    private const int BufferSize = 64 * 1024;

    /// <value>Who fills a pipe (64 KiB) sooner waits so long, once.</value>
    private const int YoungMs = 5;

    private static readonly Lazy<ChildLoop?> Only = new(Open);

    private readonly ConcurrentDictionary<int, SpawnedChild> _children = new();
    private readonly ConcurrentQueue<SpawnedChild> _young = new();
    private readonly int _epoll;
    private readonly int _timer;
    private int _last;
    private int _isArmed;

    private ChildLoop(int epoll, int timer) => (_epoll, _timer) = (epoll, timer);

    /// <summary>Null where the system lacks what it needs: it is not Linux, or the kernel knows no descriptors of processes.</summary>
    public static ChildLoop? Here => Only.Value;

    /// <exception cref="NotStartedException">It is no program, or there is no room for it.</exception>
    public IChild Start(Command command)
    {
        var started = Spawn.Start(command);
        var child = new SpawnedChild(this, Interlocked.Increment(ref _last), started);
        _children[child.Id] = child;
        child.Watch();
        _young.Enqueue(child);
        if (Interlocked.Exchange(ref _isArmed, 1) == 0)
        {
            Libc.SetTimer(_timer, YoungMs);
        }

        return child;
    }

    internal void Add(int descriptor, int child, int what)
    {
        Span<byte> entry = stackalloc byte[16];
        entry.Clear();
        BinaryPrimitives.WriteUInt32LittleEndian(entry, Libc.EpollIn);
        BinaryPrimitives.WriteInt64LittleEndian(entry[(Libc.EventSize - 8)..], ((long)child << 2) | (long)what);
        fixed (byte* pointer = entry)
        {
            _ = Libc.ControlEpoll(_epoll, Libc.EpollAdd, descriptor, pointer);
        }
    }

    internal void Forget(int child) => _children.TryRemove(child, out _);

    private static ChildLoop? Open()
    {
        if (!OperatingSystem.IsLinux() || !Environment.Is64BitProcess)
        {
            return null;
        }

        var self = Libc.OpenPid(Libc.GetPid());
        if (self < 0 || Libc.CreateEpoll(Libc.EpollCloseOnExec) is not (>= 0 and var epoll))
        {
            return null;
        }

        _ = Libc.Close(self);
        if (Libc.CreateTimer() is not (>= 0 and var timer))
        {
            _ = Libc.Close(epoll);
            return null;
        }

        var loop = new ChildLoop(epoll, timer);
        loop.Add(timer, child: 0, 0);
        new Thread(loop.Run, maxStackSize: 256 * 1024) { IsBackground = true, Name = "programs" }.Start();
        return loop;
    }

    private void Run()
    {
        var buffer = new byte[BufferSize];
        var events = stackalloc byte[EventsMax * 16];
        while (true)
        {
            // A signal that interrupts the wait gives -1, and the next turn waits on.
            var count = Libc.WaitEpoll(_epoll, events, EventsMax, -1);
            for (var i = 0; i < count; i++)
            {
                var mark = BinaryPrimitives.ReadInt64LittleEndian(new ReadOnlySpan<byte>(events + (i * Libc.EventSize) + Libc.EventSize - 8, 8));
                if (mark == 0)
                {
                    GrowUp();
                }
                else if (_children.TryGetValue((int)(mark >> 2), out var child))
                {
                    child.Turn((int)(mark & 3), buffer);
                }
            }
        }
    }

    // Disarmed first: whoever is started from here on arms the timer anew.
    private void GrowUp()
    {
        Libc.ReadTimer(_timer);
        Volatile.Write(ref _isArmed, 0);
        while (_young.TryDequeue(out var child))
        {
            child.Listen();
        }
    }
}
