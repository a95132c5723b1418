using System.CommandLine;
using System.Text.Json.Nodes;
using Crater.Cli.Composition;
using Crater.Cli.Terminal;
using Crater.Discovery;
using Crater.Models.Pilot;
using Crater.Models.Pilot.Transcripts;

namespace Crater.Cli.Verbs;

/// <summary><c>craterctl pilot replay SESSION</c>: the loop once more, with what was answered then; no model, no cluster, no person. Says where it goes another way.</summary>
internal static class PilotReplayVerb
{
    public static Command Create(GlobalOptions globals, Surroundings surroundings)
    {
        var session = new Argument<string>("session") { Description = "Session id, a unique beginning of it, or latest.", DefaultValueFactory = _ => SessionFolder.Latest };
        var command = new Command("replay", "Run a session's loop again with its recorded answers and results; needs no model and no cluster, and touches nothing.") { session };
        command.Does(globals, surroundings, async (parsed, output, stop) =>
        {
            var folder = SessionFolder.Resolve(SessionFolder.DefaultRoot(surroundings.WorkingDirectory), parsed.GetRequiredValue(session));
            var stack = StackFile.Find(parsed.GetValue(globals.Config), surroundings.WorkingDirectory);
            var report = await Replay.RunAsync(folder, ModelDesk.Prompts(stack, surroundings), surroundings.Clock, stop);
            Say(report, output);
            return report.First is null ? ExitCodes.Upheld : ExitCodes.Inconclusive;
        });
        return command;
    }

    private static void Say(ReplayReport report, Output output)
    {
        output.Line(report.First is not { } first
            ? $"{report.Session}: all {report.Records} records are the same{(report.IsWhole ? $"; it ended with {PilotOutcome.Text(report.Outcome.State)}" : ", and there the recording stops: its process died")}."
            : $"{report.Session}: record {first.Record} ({first.Kind}) is the first that is not the same{(first.Place.Length > 0 ? $", in {first.Place}" : "")}.");
        if (report.First is { } difference)
        {
            output.Line($"   then: {(difference.Then.Length > 0 ? difference.Then : "nothing")}");
            output.Line($"   now:  {(difference.Now.Length > 0 ? difference.Now : "nothing")}");
        }

        output.Document(new JsonObject
        {
            ["session"] = report.Session,
            ["records"] = report.Records,
            ["whole"] = report.IsWhole,
            ["same"] = report.First is null,
            ["divergence"] = report.First is not { } one ? null : new JsonObject { ["record"] = one.Record, ["kind"] = one.Kind, ["place"] = one.Place, ["then"] = one.Then, ["now"] = one.Now },
        });
    }
}
