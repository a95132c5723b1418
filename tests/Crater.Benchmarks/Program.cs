using Crater.Benchmarks;
using Crater.Lab;
using Crater.Tests.Architecture;

// Runs the benchmarks that are named, or all of them: dotnet run --project tests/Crater.Benchmarks -c Release -- advice-static
// With --quick those that take long do less, and write no document.
if (LabTools.TryRun(args) is { } tool)
{
    return tool;
}

var quick = args.Contains("--quick");
var backwards = args.Contains("--backwards");
args = [.. args.Where(arg => arg is not ("--quick" or "--backwards"))];
(string Name, Func<CancellationToken, Task<int>> RunAsync)[] benchmarks =
[
    ("edge-overhead", abort => EdgeOverhead.RunAsync(Console.Out, abort)),
    ("fault-accuracy", abort => FaultAccuracy.RunAsync(Console.Out, abort)),
    ("advice-static", abort => StaticAdvice.RunAsync(RepositoryRoot.Path, Console.Out, abort)),
    ("advice-dynamic", abort => DynamicAdvice.RunAsync(RepositoryRoot.Path, quick, backwards, Console.Out, abort)),
    ("host-accuracy", abort => HostAccuracy.RunAsync(RepositoryRoot.Path, Console.Out, abort)),
    ("guard-latency", abort => GuardLatency.RunAsync(Console.Out, abort)),
    ("served-inject", abort => ServedInject.RunAsync(RepositoryRoot.Path, Console.Out, abort)),
    ("discovery-scale", abort => DiscoveryScale.RunAsync(RepositoryRoot.Path, quick, Console.Out, abort)),
    ("lab-scale", abort => LabScale.RunAsync(quick, Console.Out, abort)),
    ("operator-scale", abort => OperatorScale.RunAsync(RepositoryRoot.Path, quick, Console.Out, abort)),
    ("operator-death", abort => OperatorDeath.RunAsync(RepositoryRoot.Path, quick, Console.Out, abort)),
    ("load", abort => LoadOverhead.RunAsync(Console.Out, abort)),
    ("toolkit", abort => ToolkitSpeed.RunAsync(RepositoryRoot.Path, Console.Out, abort)),
];

using var stop = new CancellationTokenSource();
Console.CancelKeyPress += (_, pressed) =>
{
    pressed.Cancel = true;
    stop.Cancel();
};

var unknown = args.Where(name => benchmarks.All(benchmark => benchmark.Name != name)).ToArray();
if (unknown.Length > 0)
{
    await Console.Error.WriteLineAsync($"There is no benchmark {unknown[0]}; there are {string.Join(", ", benchmarks.Select(benchmark => benchmark.Name))}.");
    return 1;
}

var worst = 0;
foreach (var (name, runAsync) in benchmarks.Where(benchmark => args.Length == 0 || args.Contains(benchmark.Name)))
{
    Console.WriteLine($"## {name}\n");
    worst = Math.Max(worst, await runAsync(stop.Token));
    Console.WriteLine();
}

return worst;
