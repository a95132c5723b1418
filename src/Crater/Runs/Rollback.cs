using Crater.Journals;

namespace Crater.Runs;

public static class Rollback
{
    /// <summary>The order in which injections are recovered: newest first, so that layered faults unwind.</summary>
    public static IReadOnlyList<OutstandingInjection> Order(IEnumerable<OutstandingInjection> outstanding) =>
        [.. outstanding.OrderByDescending(one => one.Injection.Sequence)];
}
