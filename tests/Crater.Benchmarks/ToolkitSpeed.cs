using System.Globalization;

namespace Crater.Benchmarks;

/// <summary>
/// The published craterctl, called as chaos, against Chaos Toolkit: whole processes, wall time and memory. The peer runs beside it where the variable
/// CRATER_CHAOS_PEER names its command (for example <c>/usr/bin/chaos --no-version-check</c>); elsewhere its published figures stand in for it.
/// </summary>
internal static class ToolkitSpeed
{
    /// <value>What an activity may cost beside starting its program. Unit: milliseconds.</value>
    private const double OverheadMaxMs = 0.15;

    /// <value>Peak memory at 1000 activities, as a part of the peer's.</value>
    private const double PeakRatioMax = 1.3;

    /// <value>How long a document of 10,000 activities may be looked at. Unit: seconds.</value>
    private const double ValidateMaxSeconds = 1;

    public static async Task<int> RunAsync(string root, TextWriter output, CancellationToken abort)
    {
        var folder = Directory.CreateTempSubdirectory("crater-toolkit-").FullName;
        try
        {
            var crater = new TimedProgram([await PublishedProgram.PathAsync(root, abort)], folder);
            var command = Environment.GetEnvironmentVariable("CRATER_CHAOS_PEER") is { Length: > 0 } given ? given.Split(' ', StringSplitOptions.RemoveEmptyEntries) : null;
            var peer = command is null ? null : new TimedProgram(command, folder);
            await output.WriteLineAsync(peer is null
                ? "Chaos Toolkit's figures are the published ones (toolkit-peer.csv), of another machine.\n"
                : "Chaos Toolkit ran beside it, case by case.\n");
            await output.WriteLineAsync("| case | Crater | Chaos Toolkit | ratio | asked |");
            await output.WriteLineAsync("|---|---|---|---|---|");
            var table = new Table(output);
            await CompareAsync(root, table, crater, peer, folder, abort);
            return table.Worst;
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static async Task CompareAsync(string root, Table table, TimedProgram crater, TimedProgram? peer, string folder, CancellationToken abort)
    {
        var published = Published(root);
        Dictionary<int, double> walls = [];
        foreach (var one in ToolkitCase.All)
        {
            one.Write(folder);
            string[] arguments = ["run", one.File];
            walls[one.Activities] = await crater.WallAsync(arguments, one.Runs, abort);
            var theirs = peer is null ? published[one.Name].Wall : await peer.WallAsync(arguments, one.Runs, abort);
            table.Row($"{one.Name}, wall", walls[one.Activities] * 1000, theirs * 1000, "ms", one.RatioMax);
        }

        var largest = ToolkitCase.All[^1];
        string[] large = ["run", largest.File];
        var peak = peer is null ? published[largest.Name].Peak : await peer.PeakAsync(large, abort);
        table.Row($"{largest.Name}, peak memory", await crater.PeakAsync(large, abort), peak, "MiB", PeakRatioMax);

        TimedProgram.BareMs(100);
        var bare = TimedProgram.BareMs(1000);
        var each = (walls[largest.Activities] - walls[1]) * 1000 / (largest.Activities - 1);
        table.Limit($"an activity beside bare fork and exec ({bare:0.000} ms)", each - bare, "ms", OverheadMaxMs);
        var validated = await crater.WallAsync(["validate", ToolkitCase.WriteLarge(folder)], 5, abort);
        table.Limit($"validate {ToolkitCase.LargeActivities} activities, YAML", validated, "s", ValidateMaxSeconds);
    }

    private static Dictionary<string, (double Wall, double Peak)> Published(string root) =>
        File.ReadLines(Path.Combine(root, "tests", "Crater.Benchmarks", "toolkit-peer.csv"))
            .Where(line => line.Length > 0 && line[0] != '#').Skip(1).Select(line => line.Split(','))
            .ToDictionary(cells => cells[0], cells => (double.Parse(cells[1], CultureInfo.InvariantCulture), double.Parse(cells[2], CultureInfo.InvariantCulture)));

    private sealed class Table(TextWriter output)
    {
        /// <summary>1 when something was not as asked.</summary>
        public int Worst { get; private set; }

        public void Row(string name, double ours, double theirs, string unit, double ratioMax) =>
            Say(string.Create(CultureInfo.InvariantCulture, $"| {name} | {ours:0.0} {unit} | {theirs:0.0} {unit} | {ours / theirs:0.00} | ≤ {ratioMax:0.0#}"), ours / theirs <= ratioMax);

        public void Limit(string name, double ours, string unit, double max) =>
            Say(string.Create(CultureInfo.InvariantCulture, $"| {name} | {ours:0.000} {unit} | | | ≤ {max:0.##} {unit}"), ours <= max);

        private void Say(string row, bool isKept)
        {
            output.WriteLine(row + (isKept ? " |" : ", NOT kept |"));
            Worst = isKept ? Worst : 1;
        }
    }
}
