using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Crater.Diagnostics;
using Crater.Models.Pilot.Minds;
using Crater.Models.Pilot.Systems;
using Crater.Models.Pilot.Transcripts;
using Crater.Models.Structure;
using Crater.Models.Tools;

namespace Crater.Models.Pilot;

/// <summary>
/// The loop: ask who decides, make each of the calls that are asked for, tell the results, until the session has an end. It is bounded in every direction, and each call has one result. When a
/// model cannot be asked, the rules go on in its place, except with a sentence that only a model understands.
/// </summary>
internal sealed class PilotLoop
{
    /// <summary>How many answers there can be at most, whatever the budget says.</summary>
    public const int TurnsMax = 400;

    /// <summary>One answer may ask for so many calls; the others are denied.</summary>
    private const int CallsMax = 16;

    /// <summary>The same call, with the same arguments and nothing done in between.</summary>
    private const int SameMax = 3;

    /// <summary>Answers in a row without a call that could be made.</summary>
    private const int UselessMax = 3;

    /// <summary>Results this far back are shortened: they were read, and every token is paid for again.</summary>
    private const int FreshMessages = 16;

    private const int OldResultMax = 300;

    /// <summary>The one reason for no answer that is not the model's.</summary>
    private const string OverBudget = "CRT7313";

    private readonly PilotSession _session;
    private readonly ToolBox _tools;
    private readonly RulesMind _rules;
    private readonly Transcript _transcript;
    private readonly List<Message> _messages;
    private readonly Dictionary<string, int> _same = new(StringComparer.Ordinal);
    private IMind _mind;
    private int _told;
    private int _useless;

    /// <param name="mind">Null for the rules.</param>
    /// <param name="opening">The first message: objective, inventory, candidates, initial state.</param>
    public PilotLoop(PilotSession session, ToolBox tools, IMind? mind, string opening, Transcript transcript)
    {
        (_session, _tools, _transcript) = (session, tools, transcript);
        _rules = new RulesMind(session);
        _mind = mind ?? _rules;
        _messages = [new Message(Role.User, opening)];
    }

    /// <summary>Told of each call and its result.</summary>
    public Action<ToolCall, ToolResult>? OnResult { get; init; }

    /// <summary>Told of what a person should know.</summary>
    public Action<string>? OnNote { get; init; }

    public static ToolBox ToolsOf(PilotSession session, TimeProvider clock) =>
        new([.. Tool.Of(new ClusterSystem(session)), .. Tool.Of(new LoadSystem(session)), .. Tool.Of(new SessionSystem(session))], clock);

    public async Task<PilotOutcome> RunAsync(CancellationToken stop)
    {
        for (var turn = 0; _session.End is null; turn++)
        {
            if (turn == TurnsMax)
            {
                _session.Finish(EndState.BudgetExhausted, $"{TurnsMax} answers did not come to an end");
                break;
            }

            try
            {
                await TurnAsync(stop);
            }
            catch (OperationCanceledException) when (stop.IsCancellationRequested)
            {
                _session.Finish(EndState.AbortedByUser, "a person or a signal ended the session");
            }
        }

        var outcome = new PilotOutcome(_session.End!.Value, _session.EndReason, _session.Memory.Trials, _session.Stresses);
        _transcript.Add("end", new JsonObject { ["state"] = PilotOutcome.Text(outcome.State), ["reason"] = outcome.Reason, ["proven"] = outcome.Proven, ["rounds"] = _session.Rounds });
        return outcome;
    }

    private async Task TurnAsync(CancellationToken stop)
    {
        stop.ThrowIfCancellationRequested();
        if (await AnswerAsync(stop) is not { } answer)
        {
            return;
        }

        var isPlain = answer.ToolCalls.Count == 0;
        var calls = isPlain ? _tools.Parse(answer.Text) : _tools.Sort(answer.ToolCalls);
        _messages.Add(isPlain
            ? new Message(Role.Assistant, answer.Text.Trim().Length > 0 ? answer.Text : "(nothing)")
            : new Message(Role.Assistant, answer.Text) { ToolCalls = [.. calls.Select(call => call.Call)] });
        var results = new List<(ToolCalls.Sorted Call, ToolResult Result)>();
        foreach (var (call, i) in calls.Select((call, i) => (call, i)))
        {
            results.Add((call, await CallAsync(call, i, stop)));
        }

        Tell(results, isPlain);
        _useless = results.Any(result => result.Call.Arguments is not null) ? 0 : _useless + 1;
        if (_useless >= UselessMax)
        {
            _session.Finish(EndState.ModelError, $"{UselessMax} answers in a row had no call that could be made{(results.Count > 0 ? $"; the last time: {results[^1].Result.Text}" : "")}");
        }
    }

    private void Tell(List<(ToolCalls.Sorted Call, ToolResult Result)> results, bool isPlain)
    {
        if (!isPlain)
        {
            _messages.AddRange(results.Select(result => new Message(Role.Tool, result.Result.ToString()) { ToolCallId = result.Call.Call.Id, IsError = result.Result.Outcome != ToolOutcome.Ok }));
            return;
        }

        _messages.Add(new Message(Role.User, results.Count == 0
            ? "There was no action in your answer. Call a tool, or write actions, one a line."
            : string.Join('\n', results.Select(result => $"RESULT {result.Call.Call.Name}: {result.Result}"))));
    }

    private async Task<ToolResult> CallAsync(ToolCalls.Sorted call, int number, CancellationToken stop)
    {
        _transcript.Add("call", new JsonObject
        {
            ["id"] = call.Call.Id,
            ["tool"] = call.Call.Name,
            ["arguments"] = call.Arguments is { } arguments ? JsonNode.Parse(arguments.GetRawText()) : call.Call.Arguments,
            ["problem"] = call.Problem,
        });
        var result = _session.End is not null ? ToolResult.Denied("the session is over")
            : number >= CallsMax ? ToolResult.Denied($"one answer may have {CallsMax} calls; ask again")
            : IsStuck(call) ? ToolResult.Denied("the same call was made before and nothing has changed; the session ends")
            : await _tools.CallAsync(call, stop);
        if (result is { IsFreeText: true, Outcome: ToolOutcome.Ok })
        {
            _session.Taint(call.Call.Name);
        }

        // What was really done changes what the same question will be answered.
        if (result.Outcome == ToolOutcome.Ok && _tools.Find(call.Call.Name) is { Power: Power.Act })
        {
            _same.Clear();
        }

        _transcript.Add("result", new JsonObject { ["id"] = call.Call.Id, ["tool"] = call.Call.Name, ["outcome"] = result.Outcome.ToString().ToLowerInvariant(), ["text"] = result.Text, ["isFreeText"] = result.IsFreeText });
        OnResult?.Invoke(call.Call, result);
        return result;
    }

    private bool IsStuck(ToolCalls.Sorted call)
    {
        var key = $"{call.Call.Name} {(call.Arguments is { } arguments ? arguments.GetRawText() : call.Call.Arguments)} {call.Problem}";
        _same[key] = _same.GetValueOrDefault(key) + 1;
        if (_same[key] < SameMax)
        {
            return false;
        }

        // Who repeats what is not allowed is stopped by the policy, and not by having nothing to say.
        _session.Finish(_session.Denials >= SameMax - 1 ? EndState.PolicyBlocked : EndState.ModelError, $"the same call of {Safety.PlainText.Prose(call.Call.Name, 40)} was made {SameMax} times, and nothing had changed in between");
        return true;
    }

    /// <summary>Null when there is no answer, and the session has its end or its new mind.</summary>
    private async Task<ModelAnswer?> AnswerAsync(CancellationToken stop)
    {
        IReadOnlyList<Message> view = [.. _messages.Select((message, i) => i < _messages.Count - FreshMessages && message.Role == Role.Tool && message.Text.Length > OldResultMax
            ? message with { Text = $"{message.Text[..OldResultMax]} [shortened: it was told in full before]" } : message)];
        _transcript.Add("request", new JsonObject
        {
            ["mind"] = _mind.Name,
            ["key"] = Key(view),
            ["messages"] = new JsonArray([.. _messages.Skip(_told).Select(message => (JsonNode?)MessageJson.Write(message))]),
        });
        _told = _messages.Count;
        try
        {
            var answer = await _mind.NextAsync(view, stop);
            _transcript.Add("answer", MessageJson.Write(answer));
            return answer;
        }
        catch (CraterException error)
        {
            _transcript.Add("answer", new JsonObject { ["error"] = new JsonObject { ["code"] = error.Code, ["message"] = error.Message } });
            WithoutModel(error);
            return null;
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            _transcript.Add("answer", new JsonObject { ["error"] = new JsonObject { ["code"] = "", ["message"] = "stopped" } });
            throw;
        }
    }

    private void WithoutModel(CraterException error)
    {
        var why = $"{error.Code}: {error.Message}";
        if (error.Code == OverBudget)
        {
            _session.Finish(EndState.BudgetExhausted, why);
        }
        else if (_mind == _rules || _session.Options.Objective.IsSentence)
        {
            _session.Finish(EndState.ModelError, why);
        }
        else
        {
            _mind = _rules;
            _transcript.Add("note", new JsonObject { ["text"] = "the rules go on" });
            OnNote?.Invoke($"warning {why}\n        The rules go on in its place, with the same guards and the same approval.");
        }
    }

    /// <summary>Ten hexadecimal digits by which a question is known again.</summary>
    private static string Key(IEnumerable<Message> messages)
    {
        var text = new StringBuilder();
        foreach (var message in messages)
        {
            text.Append(CultureInfo.InvariantCulture, $"{MessageJson.Write(message).ToJsonString()}\n");
        }

        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text.ToString())))[..10];
    }
}
