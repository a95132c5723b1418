namespace Crater.Tests.Runs.Simulation;

/// <summary>Between a process and the targets: requests and replies get lost, doubled and late, and a target may not be reachable for a while.</summary>
public sealed class SimulatedNetwork(SimulatedWorld world)
{
    private readonly Dictionary<string, (TimeSpan From, TimeSpan To)> _darkness = [];

    private Mischief Mischief => world.Mischief;

    public void Darken(string target, TimeSpan from, TimeSpan to) => _darkness[target] = (from, to);

    public bool IsDark(string target) =>
        !Mischief.IsOver && _darkness.TryGetValue(target, out var dark) && world.Time.Now >= dark.From && world.Time.Now < dark.To;

    /// <summary>Asks the far side to act; the answer may never come.</summary>
    public Task<T> CallAsync<T>(SimulatedProcess from, string target, string what, Func<T> act)
    {
        var answer = new TaskCompletionSource<T>();
        from.Step();
        if (!from.IsAlive)
        {
            return answer.Task;
        }

        world.Tell($"{from.Name}: asks to {what}");
        if (!Mischief.Strikes("request lost", 0.15))
        {
            world.Time.After(Delay("request late"), () => Arrive(from, target, what, act, answer));
            if (Mischief.Strikes("request doubled"))
            {
                world.Time.After(Delay("request late") + TimeSpan.FromSeconds(Mischief.Dice("request doubled").Next(30)),
                    () => Arrive(from, target, what, act, answer));
            }
        }

        return answer.Task;
    }

    private void Arrive<T>(SimulatedProcess from, string target, string what, Func<T> act, TaskCompletionSource<T> answer)
    {
        if (IsDark(target))
        {
            return;
        }

        Action reply;
        try
        {
            var result = act();
            world.Tell($"holder: did {what}");
            reply = () => answer.TrySetResult(result);
        }
        catch (RefusedException e)
        {
            world.Tell($"holder: refused to {what}: {e.Message}");
            reply = () => answer.TrySetException(e);
        }

        if (!Mischief.Strikes("reply lost", 0.15))
        {
            world.Time.After(Delay("reply late"), reply, from);
        }
    }

    private TimeSpan Delay(string site) => Mischief.Strikes(site, 0.1)
        ? TimeSpan.FromSeconds(Mischief.Dice(site).Next(1, 60))
        : TimeSpan.FromMilliseconds(1 + Mischief.Dice("latency").Next(20));
}
