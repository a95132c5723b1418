using System.CommandLine;
using System.Text.Json.Nodes;
using Crater.Diagnostics;

namespace Crater.Cli.Verbs;

/// <summary><c>craterctl completion bash|zsh|fish</c>: a script that asks craterctl itself for the words.</summary>
internal static class CompletionVerb
{
    public static Command Create(GlobalOptions globals, Surroundings surroundings)
    {
        var shell = new Argument<string>("shell") { Description = "bash, zsh or fish." };
        var command = new Command("completion", "Print a completion script for a shell.") { shell };
        command.Does(globals, surroundings, (parsed, output, _) =>
        {
            var script = Script(parsed.GetRequiredValue(shell));
            output.Line(script);
            output.Document(new JsonObject { ["shell"] = parsed.GetRequiredValue(shell), ["script"] = script });
            return Task.FromResult(ExitCodes.Upheld);
        });
        return command;
    }

    // System.CommandLine answers the [suggest:N] directive with the words that fit at position N.
    private static string Script(string shell) => shell switch
    {
        "bash" => """
            # craterctl completion; load it with: source <(craterctl completion bash)
            _craterctl() {
                local IFS=$'\n'
                COMPREPLY=($(craterctl "[suggest:${COMP_POINT}]" "${COMP_LINE}" 2>/dev/null))
            }
            complete -o default -F _craterctl craterctl
            """,
        "zsh" => """
            #compdef craterctl
            # craterctl completion; load it with: source <(craterctl completion zsh)
            _craterctl() {
                local -a words_found
                words_found=("${(@f)$(craterctl "[suggest:${#BUFFER}]" "$BUFFER" 2>/dev/null)}")
                compadd -a words_found
            }
            compdef _craterctl craterctl
            """,
        "fish" => """
            # craterctl completion; load it with: craterctl completion fish | source
            complete -c craterctl -f -a '(craterctl "[suggest:"(commandline -C)"]" (commandline) 2>/dev/null)'
            """,
        _ => throw new CraterException("CRT1204", $"'{shell}' is not a shell that completion is known for; choose bash, zsh or fish."),
    };
}
