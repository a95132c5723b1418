using Crater.Diagnostics;
using Crater.Models.Tools;

namespace Crater.Tests.Models.Tools;

public enum Strength { Low, VeryHigh }

/// <summary>A system with one tool for each way in which a call can end.</summary>
internal sealed class SomeSystem
{
    public List<string> Done { get; } = [];

    [Tool("Ends one thing.", Power = Power.Act, Action = "KILL")]
    public Task<ToolResult> EndOneAsync([Means("What it is.")][OneOf("pod", "node")] string type, [Means("Its name.")] string name, [Means("Its namespace.")] string space = "default") =>
        Did($"{type} {name} {space}");

    [Tool("Sends requests.", Power = Power.Act)]
    public Task<ToolResult> StressApi([Means("Path.")] string route, [Means("Users.")][Within(1, 10_000)] int users, [Means("How strong.")] Strength strength = Strength.Low) =>
        Did($"{route} {users} {strength}");

    [Tool("Says how it is.")]
    public Task<ToolResult> Describe() => Did("described");

    [Tool("Ends the session.", Power = Power.Recover)]
    public Task<ToolResult> Finish([Means("Why.")][Rest] string reason) => Did(reason);

    [Tool("Reads a log.", ReadsFreeText = true)]
    public Task<ToolResult> Log() => Task.FromResult(ToolResult.Ok(new string('x', ToolBox.ResultMax) + "password=hunter22 and the end"));

    [Tool("Fails.")]
    public Task<ToolResult> FailsAsync([Means("With a code or without.")] bool coded) =>
        coded ? throw new CraterException("CRT3003", "there is no such target\u001b[2J, token=abcdef123") : throw new InvalidOperationException("it is closed");

    [Tool("Never answers.", TimeoutSeconds = 1)]
    public Task<ToolResult> Hangs(CancellationToken abort) => new TaskCompletionSource<ToolResult>().Task.WaitAsync(abort);

    public Task<ToolResult> NoTool() => Did("what is no tool");

    private Task<ToolResult> Did(string what)
    {
        Done.Add(what);
        return Task.FromResult(ToolResult.Ok(what));
    }
}
