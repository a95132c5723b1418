namespace Crater.Tests.Runs.Simulation;

/// <summary>
/// A process that can die between any two steps. What it awaited never goes on, its finally blocks never run, its timers never fire: that is
/// what kill -9 means.
/// </summary>
public sealed class SimulatedProcess(SimulatedTime time, string name) : SynchronizationContext
{
    private int _stepsToLive = int.MaxValue;

    public string Name { get; } = name;

    public bool IsAlive { get; private set; } = true;

    public TimeSpan DiedAt { get; private set; }

    public TimeProvider Clock => field ??= new ProcessClock(time, this);

    /// <summary>Dies after this many more steps.</summary>
    public void DieAfter(int steps) => _stepsToLive = steps;

    /// <summary>One step of its life; called for every continuation, every journal line and every message.</summary>
    public void Step()
    {
        if (--_stepsToLive == 0)
        {
            Kill();
        }
    }

    public void Kill()
    {
        (IsAlive, DiedAt) = (false, IsAlive ? time.Now : DiedAt);
    }

    /// <summary>Starts something in the name of this process.</summary>
    public Task Start(Func<Task> main)
    {
        var done = new TaskCompletionSource();
        time.After(TimeSpan.Zero, () => Complete(main(), done), this);
        return done.Task;
    }

    public override void Post(SendOrPostCallback d, object? state) => time.Post(this, d, state);

    public override void Send(SendOrPostCallback d, object? state) => d(state);

    public override SynchronizationContext CreateCopy() => this;

    private static async void Complete(Task main, TaskCompletionSource done)
    {
        try
        {
            await main;
            done.TrySetResult();
        }
        catch (Exception e)
        {
            done.TrySetException(e);
        }
    }

    private sealed class ProcessClock(SimulatedTime time, SimulatedProcess process) : TimeProvider
    {
        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override DateTimeOffset GetUtcNow() => time.Wall;

        public override long GetTimestamp() => time.Now.Ticks;

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            var timer = new ProcessTimer(time, process, callback, state);
            timer.Change(dueTime, period);
            return timer;
        }
    }

    private sealed class ProcessTimer(SimulatedTime time, SimulatedProcess process, TimerCallback callback, object? state) : ITimer
    {
        private int _version;

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            var version = ++_version;
            if (dueTime >= TimeSpan.Zero)
            {
                time.After(dueTime, () => callback(state), process, () => version == _version);
            }

            return true;
        }

        public void Dispose() => _version++;

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
