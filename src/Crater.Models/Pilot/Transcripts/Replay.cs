using System.Text.Json;
using System.Text.Json.Nodes;
using Crater.Models.Pilot.Minds;
using Crater.Models.Prompts;

namespace Crater.Models.Pilot.Transcripts;

/// <summary>Where a replay went another way than its recording.</summary>
/// <param name="Record">Number of the record, from 1.</param>
/// <param name="Place">Within it, such as <c>input.document</c>; empty for the whole record.</param>
/// <param name="Then">What was recorded; empty where there was nothing.</param>
/// <param name="Now">What came now; empty where there is nothing.</param>
public sealed record Divergence(int Record, string Kind, string Place, string Then, string Now);

/// <summary>How a replay went.</summary>
/// <param name="Records">How many the recording has.</param>
/// <param name="IsWhole">False when the process that recorded it died: then it is the same until there.</param>
/// <param name="First">Null when nothing went another way.</param>
/// <param name="Outcome">Of the replay.</param>
public sealed record ReplayReport(string Session, int Records, bool IsWhole, Divergence? First, PilotOutcome Outcome);

/// <summary>Runs the loop of a session again, with the answers of then, and no model, no cluster and no person.</summary>
public static class Replay
{
    private const int TextMax = 160;

    /// <exception cref="Diagnostics.CraterException">CRT7324: the transcript cannot be read. CRT9005: neither can its topology.</exception>
    public static async Task<ReplayReport> RunAsync(SessionFolder folder, PromptBook prompts, TimeProvider clock, CancellationToken stop)
    {
        var records = folder.Read();
        using var end = CancellationTokenSource.CreateLinkedTokenSource(stop);
        var recorded = new Recorded(records, end);
        var transcript = new Transcript(clock);
        var outcome = await PilotRun.RunAsync(
            new PilotSetup
            {
                Options = SessionJson.Options(records[0]),
                Topology = folder.Topology(),
                Advice = SessionJson.Advice(records[0]),
                Prompts = prompts,
                Spending = new Spending(SessionJson.Budget(records[0]), null, clock),
                Executor = recorded,
                Approver = recorded,
                Mind = recorded.Name == "rules" ? null : recorded,
                Transcript = transcript,
                Clock = clock,
            },
            end.Token);
        stop.ThrowIfCancellationRequested();
        var isWhole = records[^1]["kind"]!.GetValue<string>() == "end";
        return new ReplayReport(folder.Id, records.Count, isWhole, First(records, transcript.Records, isWhole), outcome);
    }

    private static Divergence? First(IReadOnlyList<JsonObject> then, IReadOnlyList<JsonObject> now, bool isWhole)
    {
        for (var i = 0; i < Math.Max(then.Count, now.Count); i++)
        {
            if (i >= then.Count)
            {
                return isWhole ? new Divergence(i + 1, Kind(now[i]), "", "", Short(now[i])) : null;
            }

            if (i >= now.Count)
            {
                return new Divergence(i + 1, Kind(then[i]), "", Short(then[i]), "");
            }

            // A recording that was cut off knows nothing of how it ended.
            if (Difference("", then[i], now[i]) is { } difference)
            {
                return !isWhole && i == then.Count - 1 && Kind(now[i]) == "end" ? null : new Divergence(i + 1, Kind(then[i]), difference.Place, difference.Then, difference.Now);
            }
        }

        return null;
    }

    private static (string Place, string Then, string Now)? Difference(string place, JsonNode? then, JsonNode? now)
    {
        // When it was, and how many secrets were taken out then, is not what was done.
        if (then is JsonObject left && now is JsonObject right)
        {
            foreach (var name in left.Select(pair => pair.Key).Union(right.Select(pair => pair.Key)).Where(name => place.Length > 0 || name is not ("at" or "redactions")))
            {
                if (Difference(place.Length > 0 ? $"{place}.{name}" : name, left[name], right[name]) is { } difference)
                {
                    return difference;
                }
            }

            return null;
        }

        // Numbers are compared as text: one side was read from a file, the other was made just now.
        return (then?.ToJsonString() ?? "null") == (now?.ToJsonString() ?? "null") ? null : (place, Short(then), Short(now));
    }

    private static string Kind(JsonObject record) => record["kind"]!.GetValue<string>();

    private static string Short(JsonNode? node) => node is null ? "nothing" : Safety.PlainText.Line(node.GetValueKind() == JsonValueKind.String ? node.GetValue<string>() : node.ToJsonString(), TextMax);
}
