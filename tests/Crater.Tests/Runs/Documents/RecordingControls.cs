using System.Text.Json.Nodes;
using Crater.Runs.Controls;

namespace Crater.Tests.Runs.Documents;

/// <summary>Controls that write down when they are called and with what, and answer as a test says.</summary>
internal sealed class RecordingControls : IControls
{
    /// <summary><c>before method</c>, <c>after activity ok a</c>, …</summary>
    public List<string> Calls { get; } = [];

    /// <summary>The states that were shown, by call.</summary>
    public Dictionary<string, JsonNode?> States { get; } = [];

    /// <summary>What is changed at a call.</summary>
    public Dictionary<string, Func<ControlPoint, ControlChanges>> Changes { get; } = [];

    public Task ConfigureAsync(CancellationToken abort) => Told("configure");

    public Task<ControlChanges> BeforeAsync(ControlPoint point, CancellationToken abort) => Called($"before {Name(point)}", point);

    public Task<ControlChanges> AfterAsync(ControlPoint point, CancellationToken abort)
    {
        States[$"after {Name(point)}"] = point.State?.DeepClone();
        return Called($"after {Name(point)}", point);
    }

    public Task CleanUpAsync() => Told("clean up");

    private static string Name(ControlPoint point) => $"{point.Level.ToString().ToLowerInvariant()}{(point.Activity is { } activity ? $" {activity.Name}" : "")}";

    private Task Told(string call)
    {
        Calls.Add(call);
        return Task.CompletedTask;
    }

    private Task<ControlChanges> Called(string call, ControlPoint point)
    {
        Calls.Add(call);
        return Task.FromResult(Changes.TryGetValue(call, out var change) ? change(point) : ControlChanges.None);
    }
}
