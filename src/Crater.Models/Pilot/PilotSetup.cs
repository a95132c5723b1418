using Crater.Advice;
using Crater.Discovery;
using Crater.Models.Pilot.Minds;
using Crater.Models.Pilot.Transcripts;
using Crater.Models.Prompts;
using Crater.Models.Tools;

namespace Crater.Models.Pilot;

/// <summary>All that a session needs.</summary>
public sealed record PilotSetup
{
    public required PilotOptions Options { get; init; }

    public required Topology Topology { get; init; }

    /// <summary>What the candidates are made with.</summary>
    public required AdviceOptions Advice { get; init; }

    public required PromptBook Prompts { get; init; }

    public required Spending Spending { get; init; }

    public required IExecutor Executor { get; init; }

    public required IApprover Approver { get; init; }

    /// <summary>Null for the rules.</summary>
    public IMind? Mind { get; init; }

    public required Transcript Transcript { get; init; }

    public required TimeProvider Clock { get; init; }

    /// <summary>Told the state before anything is done, in one line.</summary>
    public Action<string>? OnState { get; init; }

    /// <summary>Told of each call and its result.</summary>
    public Action<ToolCall, ToolResult>? OnResult { get; init; }

    /// <summary>Told of what a person should know.</summary>
    public Action<string>? OnNote { get; init; }
}
