using System.Globalization;
using Crater.Advice;
using Crater.Diagnostics;
using Crater.Discovery;
using Crater.Experiments;
using Crater.Models.Safety;
using Crater.Models.Tools;
using Crater.Reports;
using Crater.Risks;
using Crater.Runs;

namespace Crater.Cli.Mcp;

/// <summary>What an assistant can do: look at everything, propose and plan, end and put back. Starting is in <see cref="StartTools"/>, which is only there when the person who began this server allows it.</summary>
internal sealed class AssistantTools(McpDesk desk)
{
    /// <summary>Lines of one page.</summary>
    public const int PageMax = 50;

    /// <value>Characters of one page of a report; below what a tool box cuts.</value>
    private const int ReportPage = 5_000;

    [Tool("Lists the components that run: id, tier, ready and wanted replicas, criticality from 0 to 1.")]
    public async Task<ToolResult> ListComponents([Means("Page.")][Within(1, 1000)] int page = 1, CancellationToken abort = default) =>
        Page((await desk.TopologyAsync(abort)).Components.OrderByDescending(component => component.Criticality).ThenBy(component => component.Id, StringComparer.Ordinal).Select(component => string.Create(
            CultureInfo.InvariantCulture, $"{component.Id} {component.Tier.ToString().ToLowerInvariant()} {component.Ready}/{component.Replicas} {component.Criticality:0.##}{(component.IsEntryPoint ? " entry" : "")}{(component.IsArticulationPoint ? " single-point" : "")}")), page);

    [Tool("Lists who depends on whom, an edge a line.")]
    public async Task<ToolResult> GetDependencyGraph([Means("Page.")][Within(1, 1000)] int page = 1, CancellationToken abort = default) =>
        Page((await desk.TopologyAsync(abort)).Dependencies.Select(edge => $"{edge.From} -> {edge.To}").Order(StringComparer.Ordinal), page);

    [Tool("Lists the weaknesses that rules see, or cannot rule out, the severest first.")]
    public async Task<ToolResult> ListWeaknesses([Means("Id of a component; left out, all of them.")] string component = "", [Means("Page.")][Within(1, 1000)] int page = 1, CancellationToken abort = default) =>
        Page(RuleBook.Examine(await desk.TopologyAsync(abort)).Where(finding => finding.Answer != Answer.Satisfied && (component.Length == 0 || finding.Component == component))
            .OrderBy(finding => finding.Answer).ThenByDescending(finding => finding.Severity)
            .Select(finding => $"{finding.Rule} {finding.Answer.ToString().ToLowerInvariant()} {finding.Severity.ToString().ToLowerInvariant()} {finding.Component}: {RuleBook.Find(finding.Rule)?.Title}"), page);

    [Tool("Suggests experiments by rules and saves them as documents in the experiments folder. Touches nothing in the system.", Power = Power.Propose, TimeoutSeconds = 60)]
    public async Task<ToolResult> SuggestExperiments([Means("How many.")][Within(1, 10)] int count = 3, CancellationToken abort = default)
    {
        var advisory = ControlPlane.Advise(await desk.TopologyAsync(abort), new AdviceOptions { Count = count, Drivers = await desk.DriversAsync(abort) });
        var paths = ProposalWriter.Write(advisory.Proposals, desk.ExperimentsFolder, ProposalFormat.Experiment);
        return ToolResult.Ok(string.Join("\n\n", advisory.Proposals.Select((proposal, i) =>
            $"{proposal.Title}\n  why: {proposal.Reason}\n  fault: {proposal.Fault} on {proposal.Component} for {proposal.Duration.TotalSeconds:0} s, risk {proposal.RiskLevel.ToString().ToLowerInvariant()}\n  saved: {Path.GetRelativePath(desk.WorkingDirectory, paths[i])}")) is { Length: > 0 } text ? text : "There is nothing to suggest.");
    }

    [Tool("Checks an experiment document and lists every problem. Touches nothing.", Power = Power.Propose)]
    public Task<ToolResult> ValidateExperiment([Means("Path of the document, within the working directory.")] string path)
    {
        var problems = ControlPlane.Read(McpDocuments.PathOf(path, desk.WorkingDirectory), new ReadOptions()).Problems;
        return Task.FromResult(ToolResult.Ok(problems.Count == 0 ? "There is nothing wrong with it." : string.Join('\n', problems.Take(PageMax).Select(problem => $"{(problem.IsWarning ? "warning" : "error")} {problem}"))));
    }

    [Tool("Draws the targets of an experiment and checks its limits. Touches nothing.", Power = Power.Propose, TimeoutSeconds = 60)]
    public async Task<ToolResult> PlanExperiment([Means("Path of the document, within the working directory.")] string path, CancellationToken abort = default) =>
        ToolResult.Ok(PlanText.Text(await desk.PlanAsync(McpDocuments.Read(McpDocuments.PathOf(path, desk.WorkingDirectory)), abort)));

    [Tool("Lists the runs, newest first.", ReadsFreeText = true)]
    public Task<ToolResult> ListRuns([Means("Page.")][Within(1, 1000)] int page = 1) =>
        Task.FromResult(Page(RunHistory.Of(desk.Folders).Select(row => PlainText.Line($"{row.Run} {row.Status} {row.Verdict?.ToString().ToLowerInvariant() ?? "no verdict"}: {row.Title}. {row.Finding}", 400)), page));

    [Tool("Says where a run stands, what it found and why.", ReadsFreeText = true)]
    public Task<ToolResult> GetRun([Means("Its id, a unique beginning of it, or latest.")] string run)
    {
        var folder = desk.Folders.Resolve(run);
        var status = RunStatus.Of(folder);
        if (status.IsHeld)
        {
            return Task.FromResult(ToolResult.Ok($"{status.Run} is going on: {status.Phase}, {status.Outstanding.Count} faults in place. Title: {PlainText.Line(status.Title, 200)}"));
        }

        var model = RunReport.From(folder);
        return Task.FromResult(ToolResult.Ok($"{model.Run}: {PlainText.Line(model.Title, 200)}\nstatus: {model.Status}, verdict: {model.Verdict?.ToString().ToLowerInvariant() ?? "none"}\n{model.Finding}\n{model.Cause.Headline} Confidence: {model.Cause.Confidence.ToString().ToLowerInvariant()}."));
    }

    [Tool("Reads the report of a run as Markdown, a page at a time.", ReadsFreeText = true)]
    public Task<ToolResult> GetReport([Means("Its id, a unique beginning of it, or latest.")] string run, [Means("Page.")][Within(1, 1000)] int page = 1)
    {
        var text = desk.Report(run);
        var pages = Math.Max(1, (text.Length + ReportPage - 1) / ReportPage);
        return Task.FromResult(page > pages ? ToolResult.Error($"it has {pages} pages") : ToolResult.Ok($"{text[((page - 1) * ReportPage)..Math.Min(text.Length, page * ReportPage)]}\n[page {page} of {pages}]"));
    }

    [Tool("Ends a run now and puts everything back.", Power = Power.Recover, TimeoutSeconds = 0)]
    public async Task<ToolResult> AbortRun([Means("Its id, a unique beginning of it, or latest.")] string run, CancellationToken abort = default) =>
        Said(await (await desk.ControlAsync(abort)).AbortAsync(run, "asked for by an assistant", abort), "Its own process is alive and has been told; get_run shows when it has ended.");

    [Tool("Finishes a run whose process died: puts back what it left and proves it.", Power = Power.Recover, TimeoutSeconds = 0)]
    public async Task<ToolResult> RecoverRun([Means("Its id, a unique beginning of it, or latest.")] string run, CancellationToken abort = default) =>
        Said(await (await desk.ControlAsync(abort)).RecoverAsync(run), "Its own process is alive; abort_run ends it.");

    private static ToolResult Said(RunOutcome? outcome, string otherwise) => outcome is null ? ToolResult.Error(otherwise)
        : ToolResult.Ok(outcome.IsClean ? $"{outcome.Run} has ended, and everything is as it was." : $"{outcome.Run} has ended WITH RESIDUE: {string.Join("; ", outcome.Residue.Select(left => $"{left.Injection.Fault.Name} on {left.Injection.Target.Id}, look with {left.InspectWith}"))}");

    private static ToolResult Page(IEnumerable<string> lines, int page)
    {
        var all = lines.ToList();
        var pages = Math.Max(1, (all.Count + PageMax - 1) / PageMax);
        return page > pages ? ToolResult.Error($"there are {pages} pages")
            : ToolResult.Ok($"{string.Join('\n', all.Skip((page - 1) * PageMax).Take(PageMax))}\n[page {page} of {pages}, {all.Count} in all]");
    }
}
