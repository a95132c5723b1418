using System.Collections.Concurrent;
using System.Runtime.InteropServices;
using Crater.Diagnostics;

namespace Crater.Lab.Spawning;

/// <summary>
/// Starts every process of the lab from one thread that lives as long as the lab. A parent-death signal follows the thread that
/// started the child, not the process: started from the thread pool, a pod would be killed whenever the pool lets a thread go.
/// </summary>
internal sealed class Spawner : IDisposable
{
    private readonly BlockingCollection<Action> _work = [];
    private readonly ConcurrentDictionary<int, TaskCompletionSource<ProcessExit>> _children = new();
    private readonly IReadOnlyList<string> _tie;
    private readonly PosixSignalRegistration _childSignal;
    private readonly ITimer _safetyNet;
    private readonly bool _isInit = Native.GetPid() == 1;
    private readonly Lock _gate = new();

    /// <param name="tie">The argument vector in front of each program that ties it to this process; empty where a PID namespace does.</param>
    public Spawner(IReadOnlyList<string> tie, TimeProvider clock)
    {
        _tie = tie;
        _childSignal = PosixSignalRegistration.Create(PosixSignal.SIGCHLD, _ => Reap());

        // Signals of the same kind are merged by the kernel; a look each second finds what such a merge hid.
        _safetyNet = clock.CreateTimer(_ => Reap(), null, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(1));
        new Thread(Work) { IsBackground = true, Name = "crater-spawner" }.Start();
    }

    /// <exception cref="CraterException">CRT6501: the kernel refused to start the program.</exception>
    public Task<SpawnedProcess> StartAsync(SpawnRequest request)
    {
        var answer = new TaskCompletionSource<SpawnedProcess>(TaskCreationOptions.RunContinuationsAsynchronously);
        _work.Add(() =>
        {
            try
            {
                answer.SetResult(Start(request));
            }
            catch (CraterException e)
            {
                answer.SetException(e);
            }
        });
        return answer.Task;
    }

    public void Dispose()
    {
        _work.CompleteAdding();
        _childSignal.Dispose();
        _safetyNet.Dispose();
    }

    private void Work()
    {
        foreach (var piece in _work.GetConsumingEnumerable())
        {
            piece();
        }
    }

    private unsafe SpawnedProcess Start(SpawnRequest request)
    {
        var ends = stackalloc int[2];
        if (Native.Pipe(ends, Native.CloseOnExec) != 0)
        {
            throw Refused(request, Marshal.GetLastPInvokeError());
        }

        _ = Native.FileControl(ends[0], 4 /* F_SETFL */, Native.NonBlocking);
        SpawnedProcess started;
        lock (_gate)
        {
            var problem = Start(request, ends[1], out var pid);
            _ = Native.Close(ends[1]);
            if (problem != 0)
            {
                _ = Native.Close(ends[0]);
                throw Refused(request, problem);
            }

            // A child that has ended stays a zombie, its start time readable, until it is reaped, which needs this gate and its registration.
            var exited = new TaskCompletionSource<ProcessExit>(TaskCreationOptions.RunContinuationsAsynchronously);
            started = new SpawnedProcess(ProcessId.Of(pid) ?? new ProcessId(pid, 0), ends[0], exited.Task);
            _children[pid] = exited;
        }

        Reap();
        return started;
    }

    private unsafe int Start(SpawnRequest request, int output, out int pid)
    {
        IReadOnlyList<string> vector = [.. _tie, request.Program, .. request.Arguments];
        using var arguments = new VectorBlock(vector);
        using var environment = new VectorBlock([.. request.Environment.Select(variable => $"{variable.Key}={variable.Value}")]);
        var attributes = stackalloc byte[Native.OpaqueSize];
        var actions = stackalloc byte[Native.OpaqueSize];
        var signals = stackalloc byte[Native.OpaqueSize];
        _ = Native.InitAttributes(attributes);
        _ = Native.InitActions(actions);
        try
        {
            _ = Native.SetFlags(attributes, Native.SpawnFlags);
            _ = Native.FillSignals(signals);
            _ = Native.SetDefaultSignals(attributes, signals);
            _ = Native.EmptySignals(signals);
            _ = Native.SetSignalMask(attributes, signals);
            _ = Native.AddOpen(actions, 0, "/dev/null", 0, 0);
            _ = Native.AddDuplicate(actions, output, 1);
            _ = Native.AddDuplicate(actions, output, 2);
            _ = Native.AddChangeFolder(actions, request.WorkingFolder);
            return Native.Spawn(out pid, arguments.Pointer[0], actions, attributes, arguments.Pointer, environment.Pointer);
        }
        finally
        {
            _ = Native.DestroyActions(actions);
            _ = Native.DestroyAttributes(attributes);
        }
    }

    private void Reap()
    {
        foreach (var (pid, exited) in _children)
        {
            if (Native.WaitPid(pid, out var status, Native.NoHang) == pid && _children.TryRemove(pid, out _))
            {
                var signal = status & 0x7f;
                exited.TrySetResult(signal == 0 ? new ProcessExit((status >> 8) & 0xff, 0) : new ProcessExit(128 + signal, signal));
            }
        }

        if (_isInit)
        {
            ReapOrphans();
        }
    }

    /// <summary>Whoever is init inherits the children of the dead and must wait for them, or their entries stay for ever.</summary>
    private void ReapOrphans()
    {
        lock (_gate)
        {
            foreach (var process in ProcessStat.ReadAll().Where(process => process is { State: 'Z', Parent: 1 } && !_children.ContainsKey(process.Pid)))
            {
                _ = Native.WaitPid(process.Pid, out _, Native.NoHang);
            }
        }
    }

    private static CraterException Refused(SpawnRequest request, int error) => new(
        "CRT6501", $"'{request.Program}' could not be started: {Marshal.GetPInvokeErrorMessage(error)}. Check that the file exists and may be executed.");
}
