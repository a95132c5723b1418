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
    /// <summary>errno ECHILD: somebody else has waited for it.</summary>
    private const int NoChild = 10;

    /// <summary>It has ended, and its status went to somebody else: 255, as the kubelet says where it cannot know.</summary>
    private static readonly ProcessExit Unknown = new(255, 0);

    private readonly BlockingCollection<Action> _work = [];
    private readonly ConcurrentDictionary<int, TaskCompletionSource<ProcessExit>> _children = new();
    private readonly IReadOnlyList<string> _tie;
    private readonly PosixSignalRegistration? _childSignal;
    private readonly InitReaper? _init;
    private readonly ITimer _safetyNet;
    private readonly Lock _gate = new();

    /// <param name="tie">The argument vector in front of each program that ties it to this process; empty where a PID namespace does.</param>
    public Spawner(IReadOnlyList<string> tie, TimeProvider clock)
    {
        _tie = tie;
        if (Native.GetPid() == 1)
        {
            _init = new InitReaper(ReapOne);
        }
        else
        {
            _childSignal = PosixSignalRegistration.Create(PosixSignal.SIGCHLD, _ => Reap());
        }

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
        _childSignal?.Dispose();
        _init?.Dispose();
        _safetyNet.Dispose();
    }

    private void Work()
    {
        foreach (var piece in _work.GetConsumingEnumerable())
        {
            piece();
        }
    }

    private SpawnedProcess Start(SpawnRequest request)
    {
        var ends = StreamEnds.Open(request.Streams) ?? throw Refused(request, Marshal.GetLastPInvokeError());
        SpawnedProcess started;
        lock (_gate)
        {
            var problem = Start(request, ends, out var pid);
            ends.CloseChildren();
            if (problem != 0)
            {
                ends.CloseOurs();
                throw Refused(request, problem);
            }

            // A child that has ended stays a zombie, its start time readable, until it is reaped, which needs this gate and its registration.
            var exited = new TaskCompletionSource<ProcessExit>(TaskCreationOptions.RunContinuationsAsynchronously);
            started = new SpawnedProcess(ProcessId.Of(pid) ?? new ProcessId(pid, 0), ends.Output, exited.Task) { Input = ends.Input, Errors = ends.Errors };
            _children[pid] = exited;
        }

        _init?.Born();
        Reap();
        return started;
    }

    private unsafe int Start(SpawnRequest request, StreamEnds ends, out int pid)
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
            ends.AddTo(actions);
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
        foreach (var pid in _children.Keys)
        {
            ReapOne(pid);
        }
    }

    /// <summary>One that has ended: a child of the lab's own, or an orphan that init inherited and must wait for, or its entry stays for ever.</summary>
    private void ReapOne(int pid)
    {
        lock (_gate)
        {
            var answer = Native.WaitPid(pid, out var status, Native.NoHang);
            if (answer == 0 || (answer < 0 && Marshal.GetLastPInvokeError() != NoChild) || !_children.TryRemove(pid, out var exited))
            {
                return;
            }

            var signal = status & 0x7f;
            exited.TrySetResult(answer < 0 ? Unknown : signal == 0 ? new ProcessExit((status >> 8) & 0xff, 0) : new ProcessExit(128 + signal, signal));
        }
    }

    private static CraterException Refused(SpawnRequest request, int error) => new(
        "CRT6501", $"'{request.Program}' could not be started: {Marshal.GetPInvokeErrorMessage(error)}. Check that the file exists and may be executed.");
}
