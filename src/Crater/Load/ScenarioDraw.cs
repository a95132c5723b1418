namespace Crater.Load;

/// <summary>Draws the next scenario by weight. The same seed and scenarios give the same order.</summary>
public sealed class ScenarioDraw
{
    private readonly IReadOnlyList<Scenario> _scenarios;
    private readonly double[] _upTo;
    private readonly Random _dice;

    public ScenarioDraw(IReadOnlyList<Scenario> scenarios, int seed)
    {
        _scenarios = scenarios;
        _dice = new Random(seed);
        _upTo = new double[scenarios.Count];
        var sum = 0d;
        for (var index = 0; index < scenarios.Count; index++)
        {
            _upTo[index] = sum += scenarios[index].Weight;
        }
    }

    public Scenario Next()
    {
        var at = _dice.NextDouble() * _upTo[^1];
        var index = Array.FindIndex(_upTo, limit => at < limit);
        return _scenarios[index < 0 ? ^1 : index];
    }
}
