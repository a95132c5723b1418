using System.CommandLine;
using System.Text.Json.Nodes;
using Crater.Cli.Composition;
using Crater.Cli.Terminal;
using Crater.Discovery;
using Crater.Journals;
using Crater.Models.Narrate;
using Crater.Reports.Causes;

namespace Crater.Cli.Verbs;

/// <summary><c>craterctl report [RUN]</c>: writes a run up again from its folder. Needs no cluster; a model only words the cause, and only when it is asked for.</summary>
internal static class ReportVerb
{
    private const string Sends = "Names, kinds and counts of what was near the fault, times and figures are sent there, and messages that no pattern knows; --anonymise leaves the names out.";

    public static Command Create(GlobalOptions globals, Surroundings surroundings)
    {
        var run = RunDesk.RunArgument();
        var folder = new Option<string?>("--output", "-o") { Description = "Folder for the copies (default: reports, or stack.yaml's)." };
        var print = new Option<bool>("--print") { Description = "Print the Markdown as well." };
        var anonymise = new Option<bool>("--anonymise") { Description = "Tell a model no names, only aliases." };
        var desk = new ModelDesk();
        var command = new Command("report", "Write a run up from its folder: Markdown and HTML; with --model, a model words the root cause from the run's facts.") { run, folder, print, anonymise };
        desk.AddTo(command);
        command.Does(globals, surroundings, async (parsed, output, stop) =>
        {
            var stack = StackFile.Find(parsed.GetValue(globals.Config), surroundings.WorkingDirectory);
            var reports = surroundings.Path(parsed.GetValue(folder) ?? stack?.ReportsFolder ?? "reports");
            var runFolder = RunDesk.Folders(surroundings).Resolve(parsed.GetRequiredValue(run));
            // What was told once is kept; it is told anew only when that is asked for here and now.
            if (parsed.GetValue(desk.Model) is not null || !File.Exists(runFolder.PathOf(NarrativeFile.Name)))
            {
                await NarrateAsync(parsed, desk, stack, parsed.GetValue(anonymise) || stack?.Models is { Anonymise: true }, runFolder, surroundings, output, stop);
            }

            var (model, written) = ReportDesk.Write(runFolder, reports);
            if (parsed.GetValue(print))
            {
                output.Line(File.ReadAllText(written.MarkdownPath).TrimEnd());
                output.Line();
            }

            output.Line(model.Finding);
            output.Line($"Cause: {model.Cause.Headline} Confidence: {model.Cause.Confidence.ToString().ToLowerInvariant()}.");
            output.Line($"Report: {Path.GetRelativePath(surroundings.WorkingDirectory, written.CopyPath)} (and .html)");
            output.Document(new JsonObject
            {
                ["run"] = model.Run.Value,
                ["finding"] = model.Finding,
                ["cause"] = model.Cause.Headline,
                ["confidence"] = model.Cause.Confidence.ToString().ToLowerInvariant(),
                ["causeBy"] = model.Cause.IsByModel ? "model" : "rules",
                ["markdown"] = written.MarkdownPath,
                ["html"] = written.HtmlPath,
                ["copy"] = written.CopyPath,
            });
            return ExitCodes.Upheld;
        });
        return command;
    }

    private static async Task NarrateAsync(
        ParseResult parsed, ModelDesk desk, StackFile? stack, bool anonymise, RunFolder folder, Surroundings surroundings, Output output, CancellationToken stop)
    {
        using var model = desk.Open(parsed, stack, Sends, surroundings, output);
        if (model is null)
        {
            return;
        }

        var narration = await new Narrator(model, ModelDesk.Prompts(stack, surroundings)).TellAsync(CaseFile.Open(folder), anonymise, stop);
        if (narration.Narrative is { } narrative)
        {
            NarrativeFile.Keep(folder, narrative);
            output.Note($"The cause is worded by {narrative.Model} ({narration.Rung}, {narration.Calls} calls, {narration.Used.Input} tokens read and {narration.Used.Output} written).");
        }
        else
        {
            output.Note($"warning {narration.Fallback}\n        The cause is worded by rules.");
        }
    }
}
