using Crater.Diagnostics;

namespace Crater.Experiments.Reading;

/// <summary>Reads <c>runtime</c>: the strategies that the document itself asks for.</summary>
internal sealed class RuntimeReader(ReadScope scope)
{
    /// <summary>Both null when there is no <c>runtime</c>; with one, a strategy that it does not name is the default.</summary>
    public (HypothesisStrategy? Hypothesis, RollbackStrategy? Rollbacks) Read(Fields fields)
    {
        if (fields.MapOf("runtime") is not { } map)
        {
            return (null, null);
        }

        var runtime = new Fields(map, "runtime", scope);
        var strategies = (Strategy(runtime, "hypothesis", StrategyNames.Hypothesis), Strategy(runtime, "rollbacks", StrategyNames.Rollbacks));
        runtime.WarnUnknown("runtime");
        return strategies;
    }

    private TStrategy Strategy<TStrategy>(Fields runtime, string key, IReadOnlyDictionary<string, TStrategy> known) where TStrategy : struct, Enum
    {
        if (runtime.MapOf(key) is not { } map)
        {
            return default;
        }

        var fields = new Fields(map, runtime.At(key), scope);
        var word = fields.Text("strategy") ?? "default";
        fields.WarnUnknown(runtime.At(key));
        if (!known.TryGetValue(word, out var strategy))
        {
            scope.Error("CRT2011", fields.At("strategy"), map["strategy"], $"There is no strategy {word}; use {string.Join(", ", known.Keys)}.{Spelling.DidYouMean(word, known.Keys)}");
        }

        return strategy;
    }
}
