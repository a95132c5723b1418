using System.CommandLine;
using System.Text.Json.Nodes;
using Crater.Cli.Composition;
using Crater.Cli.Terminal;
using Crater.Discovery;
using Crater.Reports;
using Crater.Targets;

namespace Crater.Cli.Verbs;

/// <summary><c>craterctl history</c>: every run of this working directory, newest first. Needs no cluster.</summary>
internal static class HistoryVerb
{
    public static Command Create(GlobalOptions globals, Surroundings surroundings)
    {
        var command = new Command("history", "List the runs of this working directory.");
        command.Does(globals, surroundings, (_, output, _) =>
        {
            var rows = RunHistory.Of(RunDesk.Folders(surroundings));
            if (rows.Count == 0)
            {
                output.Line("No run yet; 'craterctl run EXPERIMENT' makes the first.");
            }
            else
            {
                TableText.Write(new InventoryTable(["run", "started", "title", "verdict", "status", "finding"], [.. rows.Select(Cells)]), surroundings, output);
            }

            output.Document(new JsonArray([.. rows.Select(row => (JsonNode)Json(row))]));
            return Task.FromResult(ExitCodes.Upheld);
        });
        return command;
    }

    private static IReadOnlyList<string> Cells(HistoryRow row) =>
        [row.Run.Value, row.Started?.ToString("yyyy-MM-dd HH:mm") ?? "", row.Title, Word(row), row.Status, RunLines.Short(row.Finding)];

    private static string Word(HistoryRow row) => row.Verdict?.ToString().ToLowerInvariant() ?? "none";

    private static JsonObject Json(HistoryRow row) => new()
    {
        ["run"] = row.Run.Value,
        ["started"] = row.Started?.ToString("O"),
        ["title"] = row.Title,
        ["fault"] = row.Fault,
        ["verdict"] = Word(row),
        ["status"] = row.Status,
        ["finding"] = row.Finding,
        ["duration"] = row.Duration is { } duration ? Durations.Text(TimeSpan.FromMilliseconds(Math.Round(duration.TotalMilliseconds))) : null,
    };
}
