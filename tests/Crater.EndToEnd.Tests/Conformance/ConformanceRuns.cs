using Crater.EndToEnd.Tests.CommandLine;

namespace Crater.EndToEnd.Tests.Conformance;

/// <summary>
/// Plays the cases a few at a time: a test waits for its own, and those after it are on their way meanwhile, so that a whole corpus takes the machine's time and not the
/// sum of its pauses.
/// </summary>
public sealed class ConformanceRuns : Xunit.IAsyncLifetime, IDisposable
{
    /// <summary>Another program to ask instead, which then has to do what the real engine does.</summary>
    private const string Variable = "CRATER_CONFORMANCE_PROGRAM";

    private static readonly string? Other = Environment.GetEnvironmentVariable(Variable);
    private static readonly int AtATime = 2 * Environment.ProcessorCount;

    private readonly SemaphoreSlim _places = new(AtATime);
    private readonly Lazy<Task<IReadOnlyList<string>>>[] _cases;
    private CorpusServer? _server;

    public ConformanceRuns() => _cases = [.. Expectation.All.Select(asked => new Lazy<Task<IReadOnlyList<string>>>(() => Task.Run(() => PlayAsync(asked))))];

    /// <summary>Whether it is the real engine that is asked.</summary>
    internal static bool IsOther => Other is not null;

    public async ValueTask InitializeAsync() => _server = await CorpusServer.StartAsync();

    public async ValueTask DisposeAsync()
    {
        // A case that was begun ahead and that no test asked for must not outlive the server.
        await Task.WhenAll(_cases.Where(begun => begun.IsValueCreated).Select(begun => (Task)begun.Value)).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await _server!.DisposeAsync();
        Dispose();
    }

    public void Dispose() => _places.Dispose();

    /// <summary>What differs in the case of this number.</summary>
    internal Task<IReadOnlyList<string>> DifferencesAsync(int number)
    {
        for (var next = number; next < Math.Min(_cases.Length, number + AtATime); next++)
        {
            _ = IsOther && !Expectation.All[next].IsRecorded ? null : _cases[next].Value;
        }

        return _cases[number].Value;
    }

    private async Task<IReadOnlyList<string>> PlayAsync(Expectation asked)
    {
        await _places.WaitAsync();
        try
        {
            var wanted = IsOther ? asked.OfTheirs() : asked;
            var found = await new ConformanceRun(wanted, Other ?? CraterProcess.Program, _server!.Url).PlayAsync();
            var differences = Comparison.Of(wanted, found);
            return differences.Count == 0 ? [] : [.. differences, $"it said:\n{found.Said}"];
        }
        finally
        {
            _places.Release();
        }
    }
}
