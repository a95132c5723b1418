using System.CommandLine;
using System.Text.Json.Nodes;
using Crater.Cli.Composition;
using Crater.Cli.Terminal;
using Crater.Journals;
using Crater.Measurements;
using Crater.Runs;

namespace Crater.Cli.Verbs;

/// <summary><c>craterctl status [RUN]</c>: state, start and current metrics of a run, from any process. Needs no cluster, unless all of them are asked for.</summary>
internal static class StatusVerb
{
    /// <summary>How old a recorded value may be to count as current.</summary>
    private static readonly TimeSpan CurrentMax = TimeSpan.FromSeconds(10);

    public static Command Create(GlobalOptions globals, Surroundings surroundings)
    {
        var run = RunDesk.RunArgument();
        var all = new Option<bool>("--all") { Description = "Instead: every change that any craterctl holds in the cluster, from whichever machine." };
        var command = new Command("status", "Show where a run stands and what it measures now.") { run, all };
        command.Does(globals, surroundings, async (parsed, output, stop) =>
        {
            if (parsed.GetValue(all))
            {
                using var bench = await ClusterBench.OpenAsync(parsed, globals, surroundings, output, stop);
                var held = await HeldShow.ListAsync(bench);
                HeldShow.Say(held, output);
                var nodes = bench.Agents is { } agents ? await agents.ListAsync(stop) : [];
                foreach (var use in nodes)
                {
                    output.Line(AgentText.Of(use));
                }

                output.Line(held.Count + nodes.Count == 0 ? HeldShow.Nothing(bench) : $"{held.Count + nodes.Count} held in the cluster.");
                output.Document(new JsonObject { ["held"] = HeldShow.Json(held), ["nodes"] = new JsonArray([.. nodes.Select(use => (JsonNode)AgentText.Of(use))]) });
                return HeldShow.HasResidue(held) || nodes.Any(use => use.IsOver) ? ExitCodes.Residue : ExitCodes.Upheld;
            }

            var folder = RunDesk.Folders(surroundings).Resolve(parsed.GetRequiredValue(run));
            var status = RunStatus.Of(folder);
            var metrics = Current(folder, status, surroundings.Clock);
            Say(status, metrics, output);
            output.Document(Json(status, metrics));
            return status.HasResidue ? ExitCodes.Residue : ExitCodes.Upheld;
        });
        return command;
    }

    private static void Say(RunStatus status, IReadOnlyList<MetricRow> metrics, Output output)
    {
        output.Line($"Run ID: {status.Run}");
        output.Line($"   Title: {status.Title}");
        output.Line($"   Status: {State(status)}");
        output.Line($"   Started: {status.Started:yyyy-MM-ddTHH:mm:ss.fffZ}");
        if (status.Verdict is { } verdict)
        {
            output.Line($"   Verdict: {verdict.Verdict.ToString().ToLowerInvariant()} — {string.Join(" ", verdict.Reasons)}");
        }

        foreach (var injection in status.Outstanding)
        {
            output.Line($"   In place: {injection.Injection.Fault} on {injection.Injection.Target.Id}{(injection.Residue.Length > 0 ? $" — RESIDUE: {injection.Residue}" : "")}");
        }

        output.Line(metrics.Count > 0 ? "   Current Metrics:" : status.IsHeld ? "   Current Metrics: nothing measured in the last 10 s" : "");
        foreach (var row in metrics)
        {
            output.Line($"     {row.Metric}{(row.Component.Length > 0 ? $" of {row.Component}" : "")}: {row.Value:0.###} {KnownMetrics.Unit(row.Metric)}".TrimEnd());
        }

        if (status.NeedsRecovery)
        {
            output.Line($"   Its process is gone; 'craterctl recover {status.Run}' finishes it, and 'craterctl run --resume {status.Run} --rollbacks' or '--continue' plays more of it.");
        }
    }

    private static string State(RunStatus status) =>
        status.IsClosed ? "completed" : status.IsHeld ? $"running ({status.Phase})" : $"open ({status.Phase}), nobody holds it";

    private static IReadOnlyList<MetricRow> Current(RunFolder folder, RunStatus status, TimeProvider clock)
    {
        if (!status.IsHeld || !File.Exists(folder.PathOf(RunFolder.MetricsFile)))
        {
            return [];
        }

        var now = clock.GetUtcNow();
        return [.. MetricsFile.Read(folder.PathOf(RunFolder.MetricsFile)).Where(row => now - row.At < CurrentMax)
            .GroupBy(row => (row.Metric, row.Component)).Select(rows => rows.MaxBy(row => row.At)!)];
    }

    private static JsonObject Json(RunStatus status, IReadOnlyList<MetricRow> metrics) => new()
    {
        ["run"] = status.Run.Value,
        ["title"] = status.Title,
        ["state"] = status.IsClosed ? "completed" : status.IsHeld ? "running" : "open",
        ["phase"] = status.Phase.ToString(),
        ["started"] = status.Started?.ToString("O"),
        ["verdict"] = status.Verdict?.Verdict.ToString().ToLowerInvariant(),
        ["outstanding"] = new JsonArray([.. status.Outstanding.Select(injection => (JsonNode)new JsonObject
        {
            ["injection"] = injection.Injection.Id,
            ["fault"] = injection.Injection.Fault.ToString(),
            ["target"] = injection.Injection.Target.Id.Value,
            ["residue"] = injection.Residue,
        })]),
        ["metrics"] = new JsonArray([.. metrics.Select(row => (JsonNode)new JsonObject
        {
            ["metric"] = row.Metric, ["component"] = row.Component, ["value"] = row.Value, ["at"] = row.At.ToString("O"),
        })]),
    };
}
