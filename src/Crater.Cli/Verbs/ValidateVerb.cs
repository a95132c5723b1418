using System.CommandLine;
using System.Text.Json.Nodes;
using Crater.Cli.Composition;
using Crater.Cli.Terminal;
using Crater.Diagnostics;
using Crater.Experiments;

namespace Crater.Cli.Verbs;

/// <summary><c>craterctl validate EXPERIMENT…</c>: every problem of every document, with path, line and code. Touches nothing.</summary>
internal static class ValidateVerb
{
    public static Command Create(GlobalOptions globals, Surroundings surroundings)
    {
        var documents = new Argument<string[]>("experiment") { Description = "Experiment documents, files or URLs (YAML or JSON).", Arity = ArgumentArity.OneOrMore };
        var options = new DocumentOptions();
        var command = new Command("validate", "Check experiment documents and list every problem.") { documents };
        options.AddTo(command);
        command.Does(globals, surroundings, async (parsed, output, stop) =>
        {
            var answer = new JsonArray();
            var broken = 0;
            var all = parsed.GetRequiredValue(documents);
            foreach (var given in all)
            {
                var reading = await ReadAsync(options.Wishes(parsed, given, parsed.GetValue(globals.Namespace)), all.Length > 1, surroundings, stop);
                broken += reading.Experiment is null ? 1 : 0;
                output.Line(reading.Experiment is { } experiment ? $"{given}: valid — {experiment.Title}" : $"{given}: not valid");
                if (!output.IsJson)
                {
                    output.Problems(reading.Problems);
                }

                answer.Add((JsonNode)Json(given, reading.Experiment is not null, reading.Problems));
            }

            output.Document(answer);
            return broken > 0 ? ExitCodes.Usage : ExitCodes.Upheld;
        });
        return command;
    }

    private static async Task<ExperimentReading> ReadAsync(DocumentWishes wishes, bool isOneOfMany, Surroundings surroundings, CancellationToken stop)
    {
        try
        {
            await using var opener = DocumentOpener.For(wishes, surroundings);
            var read = opener.Check(await opener.LoadAsync(stop));
            return opener.FileProblems.Any(problem => !problem.IsWarning) ? new ExperimentReading(null, [.. opener.FileProblems, .. read.Problems]) : read;
        }
        catch (CraterException unread) when (isOneOfMany)
        {
            // One that cannot be read says nothing about the others.
            return new ExperimentReading(null, unread.Problems.Count > 0 ? unread.Problems : [new Problem("", unread.Code, unread.Message)]);
        }
    }

    private static JsonObject Json(string document, bool isValid, IReadOnlyList<Problem> problems) => new()
    {
        ["document"] = document,
        ["valid"] = isValid,
        ["problems"] = new JsonArray([.. problems.Select(problem => (JsonNode)Output.ProblemJson(problem))]),
    };
}
