using System.Runtime.InteropServices;

namespace Crater.Runs.Activities.Processes;

/// <summary>A program that <see cref="ChildLoop"/> follows. Its descriptors are closed as soon as they have said everything.</summary>
internal sealed unsafe class SpawnedChild(ChildLoop loop, int id, Spawn.Started started) : IChild
{
    private const int Output = 0;
    private const int Error = 1;
    private const int End = 2;

    private readonly Lock _gate = new();
    private readonly TaskCompletionSource<int?> _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _closed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly KeptOutput[] _kept = [new(CappedText.OutputMax), new(CappedText.OutputMax)];
    private readonly int[] _descriptors = [started.Output, started.Error, -1];
    private bool _isLeft;
    private bool _isListened;

    public int Id => id;

    internal int Pid => started.Pid;

    internal int OpenDescriptors
    {
        get
        {
            lock (_gate)
            {
                return _descriptors.Count(descriptor => descriptor >= 0);
            }
        }
    }

    public Task<int?> Ended => _ended.Task;

    public Task Closed => _closed.Task;

    public string StandardOutput => Text(Output);

    public string StandardError => Text(Error);

    public void Watch()
    {
        lock (_gate)
        {
            _descriptors[End] = Libc.OpenPid(started.Pid);
            if (_descriptors[End] >= 0)
            {
                loop.Add(_descriptors[End], id, End);
                return;
            }
        }

        // There was no descriptor left for it, or the system has reaped it itself. A thread waits in the place of a descriptor.
        new Thread(WaitAlone, maxStackSize: 256 * 1024) { IsBackground = true }.Start();
    }

    /// <summary>From now on what it writes is read as it is written.</summary>
    public void Listen()
    {
        lock (_gate)
        {
            for (var what = Output; what <= Error && !_isListened; what++)
            {
                if (_descriptors[what] >= 0)
                {
                    loop.Add(_descriptors[what], id, what);
                }
            }

            _isListened = true;
        }
    }

    /// <summary>One of its descriptors has something to say.</summary>
    public void Turn(int what, byte[] buffer)
    {
        lock (_gate)
        {
            if (_descriptors[what] < 0)
            {
                return;
            }

            if (what != End)
            {
                Read(what, buffer);
            }
            else if (Reap(Libc.NoHang) is var (isOver, code) && isOver)
            {
                Over(code, buffer);
            }
        }
    }

    public int EndAll()
    {
        string[] pipes;
        int root;
        lock (_gate)
        {
            pipes = [.. _descriptors[..End].Where(descriptor => descriptor >= 0).Select(descriptor => Offspring.LinkOf("self", descriptor)).OfType<string>()];
            root = _ended.Task.IsCompleted ? 0 : started.Pid;
        }

        return Offspring.End(root, pipes);
    }

    /// <summary>Keeps nothing more of what is written. The pipes stay open to whoever still has them: closing them would end it.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            _isLeft = true;
        }
    }

    private string Text(int what)
    {
        lock (_gate)
        {
            return _kept[what].Text();
        }
    }

    // One piece at a time, so that a program that never stops writing leaves time for the others.
    private bool Read(int what, byte[] buffer)
    {
        nint count;
        fixed (byte* bytes = buffer)
        {
            count = Libc.Read(_descriptors[what], bytes, buffer.Length);
        }

        if (count > 0)
        {
            if (!_isLeft)
            {
                _kept[what].Add(buffer.AsSpan(0, (int)count));
            }

            return true;
        }

        if (count == 0)
        {
            Close(what);
            if (_descriptors[Output] < 0 && _descriptors[Error] < 0)
            {
                _closed.TrySetResult();
                ForgetIfDone();
            }
        }

        return false;
    }

    private (bool IsOver, int? Code) Reap(int options)
    {
        int status;
        while (true)
        {
            var pid = Libc.WaitPid(started.Pid, &status, options);
            if (pid == started.Pid)
            {
                var signal = status & 0x7F;
                return (true, signal == 0 ? (status >> 8) & 0xFF : -signal);
            }

            if (pid == 0)
            {
                return (false, null);
            }

            if (Marshal.GetLastPInvokeError() != Libc.Interrupted)
            {
                return (true, null);    // whoever started us ignores the ends of children, so the system threw the code away
            }
        }
    }

    // What it wrote is in the pipes: read before it counts as over, but only what is there now, since others may go on writing.
    private void Over(int? code, byte[] buffer)
    {
        Close(End);
        for (var what = Output; what <= Error; what++)
        {
            for (var pieces = 0; pieces < 32 && _descriptors[what] >= 0 && Read(what, buffer); pieces++)
            {
            }
        }

        _ended.TrySetResult(code);
        ForgetIfDone();
    }

    private void WaitAlone()
    {
        var (_, code) = Reap(0);
        lock (_gate)
        {
            Over(code, new byte[4096]);
        }
    }

    private void Close(int what)
    {
        // Closing takes it out of the loop's set as well: nobody else has a copy.
        if (_descriptors[what] >= 0)
        {
            _ = Libc.Close(_descriptors[what]);
            _descriptors[what] = -1;
        }
    }

    private void ForgetIfDone()
    {
        if (_ended.Task.IsCompleted && _closed.Task.IsCompleted)
        {
            loop.Forget(id);
        }
    }
}
