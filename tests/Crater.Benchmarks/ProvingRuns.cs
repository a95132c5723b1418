using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Crater.Advice;
using Crater.Discovery;
using Crater.Journals;

namespace Crater.Benchmarks;

/// <summary>How one experiment ended on one variant.</summary>
/// <param name="Residue">Faults that could not be proven gone.</param>
internal sealed record ProvingRun(string Variant, string Key, string Title, Verdict Verdict, IReadOnlyList<string> Reasons, int Residue, double Seconds);

/// <summary>
/// Experiments on variants of the shop, each document once: what two policies propose alike is run once and counts for both. Runs are kept beside the build's output, so that a benchmark
/// that was broken off goes on where it was.
/// </summary>
internal sealed class ProvingRuns : IAsyncDisposable
{
    private const int TriesMax = 3;

    private readonly string _root;
    private readonly string _file;
    private readonly TextWriter _progress;
    private (string Variant, ProvingLab Lab)? _open;

    public ProvingRuns(string root, TextWriter progress)
    {
        (_root, _progress) = (root, progress);
        _file = Path.Combine(root, "artifacts", "advice-runs.jsonl");
        Directory.CreateDirectory(Path.GetDirectoryName(_file)!);
    }

    /// <summary>The variant as it is before anyone has used it.</summary>
    public async Task<Topology> AtFirstAsync(string variant, CancellationToken abort) => (await LabAsync(variant, abort)).AtFirst;

    public async Task<ProvingRun> RunAsync(string variant, Proposal proposal, CancellationToken abort)
    {
        var document = Pace.Quicken(proposal.Document);
        var key = KeyOf(document);
        if (Known(variant, key) is { } known)
        {
            return known;
        }

        var (outcome, took) = await (await LabAsync(variant, abort)).RunAsync(document, abort);
        for (var again = 1; again < TriesMax && outcome is { Verdict: Verdict.Inconclusive, Certificates.Count: 0, IsClean: true }; again++)
        {
            (outcome, took) = await (await LabAsync(variant, abort)).RunAsync(document, abort);     // nothing was injected, because the steady state was not there
        }

        var run = new ProvingRun(variant, key, $"{proposal.Fault.Name} on {proposal.Component.Split('/')[^1]}", outcome.Verdict, outcome.Reasons, outcome.Residue.Count, Math.Round(took.TotalSeconds, 1));
        await File.AppendAllTextAsync(_file, JsonSerializer.Serialize(run) + "\n", abort);
        await _progress.WriteLineAsync($"{variant}: {proposal.Risk.Id} {run.Title}: {run.Verdict} in {run.Seconds:0} s: {string.Join(" ", run.Reasons)}");
        if (!outcome.IsClean)
        {
            await CloseAsync();     // what may still be broken must not spoil the next one
        }

        return run;
    }

    public ValueTask DisposeAsync() => CloseAsync();

    // Read each time: a second process may share the work.
    private ProvingRun? Known(string variant, string key) => (File.Exists(_file) ? File.ReadAllLines(_file) : [])
        .Select(line => JsonSerializer.Deserialize<ProvingRun>(line)!).FirstOrDefault(run => run.Variant == variant && run.Key == key);

    private async Task<ProvingLab> LabAsync(string variant, CancellationToken abort)
    {
        if (_open is { } open && open.Variant == variant)
        {
            return open.Lab;
        }

        await CloseAsync();
        var lab = await ProvingLab.StartAsync(_root, variant, abort);
        _open = (variant, lab);
        return lab;
    }

    private async ValueTask CloseAsync()
    {
        if (_open is { } open)
        {
            _open = null;
            await open.Lab.DisposeAsync();
        }
    }

    /// <summary>Comments hold figures of the moment; what is run is the rest.</summary>
    private static string KeyOf(string document) => Convert.ToHexStringLower(
        SHA256.HashData(Encoding.UTF8.GetBytes(string.Join('\n', document.Split('\n').Where(line => !line.StartsWith('#'))))))[..16];
}
