using Crater.Models.Tools;

namespace Crater.Cli.Mcp;

/// <summary>Starting, for an assistant: asked for here, approved by a person on another terminal, and then done once.</summary>
internal sealed class StartTools(McpDesk desk)
{
    [Tool("Asks for the start of an experiment. A person has to approve it in a terminal and say the code; nothing is started yet.", Power = Power.Propose, TimeoutSeconds = 60)]
    public async Task<ToolResult> RequestStart([Means("Path of the document, within the working directory.")] string path, CancellationToken abort = default)
    {
        var document = McpDocuments.PathOf(path, desk.WorkingDirectory);
        var plan = await desk.PlanAsync(McpDocuments.Read(document), abort);
        if (!plan.MayRun)
        {
            return ToolResult.Denied(string.Join("; ", plan.Problems.Where(problem => !problem.IsWarning)));
        }

        var request = desk.Requests.Open(document, desk.Client);
        return ToolResult.Ok($"Request {request.Id} is open. Ask the person to run 'craterctl approve {request.Id}' in a terminal of theirs, in the same folder, and to tell you the code; then call start_experiment. Draws targets anew.");
    }

    [Tool("Starts an approved experiment under guard and returns its run id at once; get_run shows where it stands.", Power = Power.Act, TimeoutSeconds = 0)]
    public async Task<ToolResult> StartExperiment([Means("Id of the request.")] string request, [Means("The code that the person was shown.")] string code, CancellationToken abort = default) =>
        ToolResult.Ok($"{await desk.StartAsync(McpDocuments.Read(desk.Requests.Redeem(request, code)), abort)} has been started.");
}
