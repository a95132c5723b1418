using System.CommandLine;
using System.Text.Json.Nodes;
using Crater.Cli.Composition;
using Crater.Discovery;

namespace Crater.Cli.Verbs;

/// <summary><c>craterctl report [RUN]</c>: writes a run up again from its folder. Needs no cluster.</summary>
internal static class ReportVerb
{
    public static Command Create(GlobalOptions globals, Surroundings surroundings)
    {
        var run = RunDesk.RunArgument();
        var folder = new Option<string?>("--output", "-o") { Description = "Folder for the copies (default: reports, or stack.yaml's)." };
        var print = new Option<bool>("--print") { Description = "Print the Markdown as well." };
        var command = new Command("report", "Write a run up from its folder: Markdown and HTML.") { run, folder, print };
        command.Does(globals, surroundings, (parsed, output, _) =>
        {
            var stack = StackFile.Find(parsed.GetValue(globals.Config), surroundings.WorkingDirectory);
            var reports = surroundings.Path(parsed.GetValue(folder) ?? stack?.ReportsFolder ?? "reports");
            var (model, written) = ReportDesk.Write(RunDesk.Folders(surroundings).Resolve(parsed.GetRequiredValue(run)), reports);
            if (parsed.GetValue(print))
            {
                output.Line(File.ReadAllText(written.MarkdownPath).TrimEnd());
                output.Line();
            }

            output.Line(model.Finding);
            output.Line($"Report: {Path.GetRelativePath(surroundings.WorkingDirectory, written.CopyPath)} (and .html)");
            output.Document(new JsonObject { ["run"] = model.Run.Value, ["finding"] = model.Finding, ["markdown"] = written.MarkdownPath, ["html"] = written.HtmlPath, ["copy"] = written.CopyPath });
            return Task.FromResult(ExitCodes.Upheld);
        });
        return command;
    }
}
