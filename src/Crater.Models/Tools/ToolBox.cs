using System.Text.Json;
using Crater.Diagnostics;
using Crater.Models.Safety;
using Crater.Models.Structure;

namespace Crater.Models.Tools;

/// <summary>
/// Tools of one or more systems under one roof. Every call gets exactly one result: an exception is an error, a call that takes too long a timeout, a long result is cut with a mark, and
/// secrets and control characters are taken out. It decides nothing: who is allowed what is the caller's to say.
/// </summary>
public sealed class ToolBox
{
    /// <summary>About 2,000 tokens.</summary>
    /// <value>Unit: characters.</value>
    public const int ResultMax = 6_000;

    private readonly TimeProvider _clock;
    private readonly Dictionary<string, Tool> _byName;

    /// <exception cref="ArgumentException">Two tools have one name or one action.</exception>
    public ToolBox(IEnumerable<Tool> tools, TimeProvider clock)
    {
        (Tools, _clock) = ([.. tools], clock);
        _byName = Tools.ToDictionary(tool => tool.Name, StringComparer.Ordinal);
        if (Tools.GroupBy(tool => tool.Action, StringComparer.OrdinalIgnoreCase).FirstOrDefault(same => same.Count() > 1) is { } twice)
        {
            throw new ArgumentException($"{twice.Key} is the action of {string.Join(" and ", twice.Select(tool => tool.Name))}.", nameof(tools));
        }
    }

    public IReadOnlyList<Tool> Tools { get; }

    public IReadOnlyList<ToolOffer> Offers => field ??= [.. Tools.Select(tool => tool.Offer)];

    public Tool? Find(string name) => _byName.GetValueOrDefault(name);

    /// <summary>The calls of an answer, each with its arguments or with what is wrong: unknown tools, arguments that are no JSON, keep to no schema or are out of range, ids that are there twice.</summary>
    public IReadOnlyList<ToolCalls.Sorted> Sort(IReadOnlyList<ToolCall> calls) => [.. ToolCalls.Sort(calls, Offers).Select(WithinRange)];

    /// <summary>The calls that a plain text asks for, <c>KILL pod x ns, DESCRIBE</c>. Each piece of it becomes one, and says so if it is none.</summary>
    public IReadOnlyList<ToolCalls.Sorted> Parse(string text) => [.. new ActionLines(Tools).Parse(text).Select(piece => piece.Arguments is null ? piece : WithinRange(piece))];

    /// <summary>Makes one call.</summary>
    /// <exception cref="OperationCanceledException"><paramref name="abort"/> was cancelled; nothing else is thrown.</exception>
    public async Task<ToolResult> CallAsync(ToolCalls.Sorted call, CancellationToken abort)
    {
        if (call.Arguments is not { } arguments)
        {
            return Clean(ToolResult.Error(call.Problem));
        }

        var tool = _byName[call.Call.Name];
        try
        {
            using var limit = CancellationTokenSource.CreateLinkedTokenSource(abort);
            var calling = tool.InvokeAsync(arguments, limit.Token);
            var result = tool.Timeout is { } timeout ? await LimitedAsync(calling, timeout, limit, abort) : await calling;
            return Clean(result with { IsFreeText = result.IsFreeText || tool.ReadsFreeText });
        }
        catch (CraterException error)
        {
            return Clean(ToolResult.Error($"{error.Code}: {error.Message}"));
        }
        catch (Exception error) when (error is not OperationCanceledException || !abort.IsCancellationRequested)
        {
            // What is thrown in a tool must not vanish: that a target does not answer is an observation.
            return Clean(ToolResult.Error($"{error.GetType().Name}: {error.Message}"));
        }
    }

    private async Task<ToolResult> LimitedAsync(Task<ToolResult> calling, TimeSpan timeout, CancellationTokenSource limit, CancellationToken abort)
    {
        try
        {
            return await calling.WaitAsync(timeout, _clock, abort);
        }
        catch (TimeoutException)
        {
            await limit.CancelAsync();
            return new ToolResult(ToolOutcome.Timeout, $"there was no answer within {timeout.TotalSeconds:0} s");
        }
    }

    private ToolCalls.Sorted WithinRange(ToolCalls.Sorted call) =>
        call.Arguments is { } arguments && _byName[call.Call.Name].Problems(arguments) is { Count: > 0 } problems
            ? call with { Arguments = null, Problem = string.Join("; ", problems) }
            : call;

    private static ToolResult Clean(ToolResult result)
    {
        var text = Redaction.Of(result.Text);
        return result with { Text = text.Length <= ResultMax ? text : $"{text[..ResultMax]}\n[cut here: {ResultMax} of {text.Length} characters are shown]" };
    }
}
