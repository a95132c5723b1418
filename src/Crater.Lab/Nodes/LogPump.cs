using System.Runtime.InteropServices;
using Crater.Lab.Spawning;

namespace Crater.Lab.Nodes;

/// <summary>Carries the output of every container into its log, on one thread that waits for all pipes at once.</summary>
internal sealed unsafe class LogPump : IDisposable
{
    private const int BufferBytes = 64 * 1024;

    private readonly Lock _gate = new();
    private readonly Dictionary<int, ContainerLog?> _logs = [];
    private readonly int _wakeRead;
    private readonly int _wakeWrite;
    private bool _isOver;

    public LogPump()
    {
        var ends = stackalloc int[2];
        _ = Native.Pipe(ends, Native.CloseOnExec | Native.NonBlocking);
        (_wakeRead, _wakeWrite) = (ends[0], ends[1]);
        new Thread(Pump) { IsBackground = true, Name = "crater-logs" }.Start();
    }

    /// <summary>Reads from a pipe until its last writer has gone; then closes the pipe and the log. Without a log the output is dropped.</summary>
    public void Follow(int pipe, ContainerLog? log)
    {
        lock (_gate)
        {
            _logs[pipe] = log;
        }

        Wake();
    }

    public void Dispose()
    {
        lock (_gate)
        {
            _isOver = true;
        }

        Wake();
    }

    private void Wake()
    {
        byte one = 1;
        _ = Native.Write(_wakeWrite, &one, 1);
    }

    private void Pump()
    {
        var buffer = new byte[BufferBytes];
        while (true)
        {
            Native.PollEntry[] entries;
            lock (_gate)
            {
                if (_isOver)
                {
                    CloseAll();
                    return;
                }

                entries = [.. _logs.Keys.Append(_wakeRead).Select(pipe => new Native.PollEntry { Descriptor = pipe, Events = Native.PollIn })];
            }

            fixed (Native.PollEntry* first = entries)
            {
                _ = Native.Poll(first, (nuint)entries.Length, -1);
            }

            foreach (var entry in entries.Where(entry => entry.Returned != 0))
            {
                Read(entry.Descriptor, buffer);
            }
        }
    }

    private void Read(int pipe, byte[] buffer)
    {
        nint count;
        fixed (byte* start = buffer)
        {
            count = Native.Read(pipe, start, BufferBytes);
        }

        if (pipe == _wakeRead)
        {
            return;
        }

        const int TryAgain = 11;
        const int Interrupted = 4;
        var isEnd = count == 0 || (count < 0 && Marshal.GetLastPInvokeError() is not (TryAgain or Interrupted));
        lock (_gate)
        {
            if (!_logs.TryGetValue(pipe, out var log))
            {
                return;
            }

            if (count > 0)
            {
                log?.Append(buffer.AsSpan(0, (int)count));
            }
            else if (isEnd)
            {
                _logs.Remove(pipe);
                _ = Native.Close(pipe);
                log?.Dispose();
            }
        }
    }

    private void CloseAll()
    {
        foreach (var (pipe, log) in _logs)
        {
            _ = Native.Close(pipe);
            log?.Dispose();
        }

        _logs.Clear();
        _ = Native.Close(_wakeRead);
    }
}
