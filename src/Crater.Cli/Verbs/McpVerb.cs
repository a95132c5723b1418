using System.CommandLine;
using Crater.Cli.Composition;
using Crater.Cli.Mcp;
using Crater.Cli.Terminal;
using Crater.Discovery;
using Crater.Models.Tools;
using ModelContextProtocol.Server;

namespace Crater.Cli.Verbs;

/// <summary><c>craterctl mcp</c>: an assistant's way in, over standard input and output. Only the protocol goes to standard output.</summary>
internal static class McpVerb
{
    public static Command Create(GlobalOptions globals, Surroundings surroundings)
    {
        var allow = new Option<bool>("--allow-run") { Description = "Let the assistant ask for starts; each needs a code that 'craterctl approve' shows to a person." };
        var command = new Command("mcp", "Serve an assistant over standard input and output (Model Context Protocol): looking, proposing, planning, aborting, recovering.") { allow };
        // Whatever a verb's parts say goes to standard error: one stray line on standard output would end the session.
        var quiet = surroundings with { Out = surroundings.Error, IsTerminal = false };
        command.Does(globals, quiet, async (parsed, output, stop) =>
        {
            var stack = StackFile.Find(parsed.GetValue(globals.Config), surroundings.WorkingDirectory);
            await using var desk = new McpDesk(quiet, quiet.Path(stack?.ExperimentsFolder ?? "experiments"), abort => ClusterBench.OpenAsync(parsed, globals, quiet, output, abort));
            var box = new ToolBox(parsed.GetValue(allow) ? [.. Tool.Of(new AssistantTools(desk)), .. Tool.Of(new StartTools(desk))] : Tool.Of(new AssistantTools(desk)), surroundings.Clock);
            await ServeAsync(new McpSession(desk, box, ModelDesk.Prompts(stack, quiet)).Options, stop);
            return ExitCodes.Upheld;
        });
        return command;
    }

    private static async Task ServeAsync(McpServerOptions options, CancellationToken stop)
    {
        await using var transport = new StdioServerTransport(options);
        await using var server = McpServer.Create(transport, options);
        await server.RunAsync(stop);
    }
}
