using System.CommandLine;
using Crater.Experiments;

namespace Crater.Cli.Verbs;

/// <summary><c>craterctl schema experiment</c>: the JSON Schema of documents, for editors.</summary>
internal static class SchemaVerb
{
    public static Command Create(GlobalOptions globals, Surroundings surroundings)
    {
        var what = new Argument<string>("of") { Description = "What the schema is of: experiment." };
        what.AcceptOnlyFromAmong("experiment");
        var command = new Command("schema", "Print the JSON Schema of experiment documents.") { what };
        command.Does(globals, surroundings, (_, _, _) =>
        {
            surroundings.Out.WriteLine(ExperimentSchema.Text);
            return Task.FromResult(ExitCodes.Upheld);
        });
        return command;
    }
}
