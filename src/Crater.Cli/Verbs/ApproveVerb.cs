using System.CommandLine;
using System.Text.Json.Nodes;
using Crater.Cli.Mcp;
using Crater.Cli.Terminal;
using Crater.Diagnostics;
using Crater.Models.Safety;

namespace Crater.Cli.Verbs;

/// <summary><c>craterctl approve [REQUEST]</c>: shows a person what an assistant wants to start, and the code that lets it.</summary>
internal static class ApproveVerb
{
    public static Command Create(GlobalOptions globals, Surroundings surroundings)
    {
        var id = new Argument<string?>("request") { Description = "Id of the request; left out, the open ones are listed.", Arity = ArgumentArity.ZeroOrOne };
        var command = new Command("approve", "Show what an assistant wants to start, and the one-time code that lets it. Only on a terminal.") { id };
        command.Does(globals, surroundings, (parsed, output, _) =>
        {
            var requests = new StartRequests(surroundings.WorkingDirectory, surroundings.Clock);
            if (parsed.GetValue(id) is not { } asked)
            {
                List(requests, output);
                return Task.FromResult(ExitCodes.Upheld);
            }

            // Whoever reads our output from a pipe is a program, and the code is for a person.
            if (!output.IsLive)
            {
                throw new CraterException("CRT7364", "The code is shown to a person alone: run 'craterctl approve' in a terminal, without --json.");
            }

            Show(requests, requests.Find(asked) ?? throw new CraterException("CRT7363", "There is no such request; 'craterctl approve' lists the open ones."), output);
            return Task.FromResult(ExitCodes.Upheld);
        });
        return command;
    }

    private static void List(StartRequests requests, Output output)
    {
        var open = requests.All();
        output.Line(open.Count == 0 ? "Nothing is waiting for approval." : "Waiting for approval:");
        foreach (var request in open)
        {
            output.Line($"   {request.Id}  {request.Document}  asked for by {PlainText.Prose(request.Client, 60)}");
        }

        output.Document(new JsonObject { ["requests"] = new JsonArray([.. open.Select(request => (JsonNode?)new JsonObject { ["id"] = request.Id, ["document"] = request.Document, ["client"] = PlainText.Prose(request.Client, 60) })]) });
    }

    private static void Show(StartRequests requests, StartRequests.Request request, Output output)
    {
        output.Line($"{PlainText.Prose(request.Client, 60)} wants to start {request.Document}:");
        output.Line();
        foreach (var line in File.ReadAllLines(request.Document))
        {
            output.Line($"   {PlainText.WithoutControls(line)}");
        }

        var code = requests.Approve(request);
        output.Line();
        output.Line($"If that is what you want, tell it this code: {code}");
        output.Line($"It counts once, for {StartRequests.ValidFor.TotalMinutes:0} minutes, and for this document as it is now. 'craterctl run --dry-run {request.Document}' shows what it may hit.");
    }
}
