using System.Diagnostics;
using System.Text;
using System.Text.Json.Nodes;
using Crater.Lab.Spawning;
using Xunit;

namespace Crater.EndToEnd.Tests.CommandLine;

/// <summary>How a craterctl ended and what it said.</summary>
internal sealed record Answer(int Code, string Out, string Error)
{
    /// <summary>Standard output as one JSON document; fails when there is none, or more than one.</summary>
    public JsonNode Json => JsonNode.Parse(Out) ?? throw new InvalidOperationException($"No document: {this}");

    public string ErrorCode => (string?)Json["error"]?["code"] ?? "";

    public override string ToString() => $"exit code {Code}\n{Out}\n{Error}";
}

/// <summary>One craterctl as a process of its own, with everything it says.</summary>
internal sealed class CraterProcess : IDisposable
{
    /// <summary>For a run that has to heal first, on a machine that does other things as well.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(150);

    private readonly Process _process;
    private readonly StringBuilder _out = new();
    private readonly StringBuilder _error = new();
    private readonly Task _reading;

    private CraterProcess(Process process)
    {
        _process = process;
        _reading = Task.WhenAll(CopyAsync(process.StandardOutput, _out), CopyAsync(process.StandardError, _error));
    }

    public static string Program { get; } = Path.Combine(AppContext.BaseDirectory, "craterctl");

    public int Pid => _process.Id;

    public string Out => Text(_out);

    public bool HasExited => _process.HasExited;

    /// <param name="vector">The program and its arguments.</param>
    public static CraterProcess Start(string folder, IReadOnlyDictionary<string, string> environment, IReadOnlyList<string> vector)
    {
        var start = new ProcessStartInfo(vector[0])
        {
            WorkingDirectory = folder,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            RedirectStandardInput = true,
        };
        foreach (var argument in vector.Skip(1))
        {
            start.ArgumentList.Add(argument);
        }

        foreach (var (name, value) in environment)
        {
            start.Environment[name] = value;
        }

        return new CraterProcess(Process.Start(start)!);
    }

    public void Signal(int signal) => Assert.Equal(0, Native.Kill(Pid, signal));

    /// <summary>Waits until it has said <paramref name="text"/>.</summary>
    public Task SaysAsync(string text) => Wait.UntilAsync(() => Out.Contains(text, StringComparison.Ordinal) || (HasExited && Throw(text)), $"craterctl says '{text}'");

    public async Task<Answer> EndAsync()
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        limit.CancelAfter(Patience);
        try
        {
            await _process.WaitForExitAsync(limit.Token);
            await _reading;
        }
        catch (OperationCanceledException)
        {
            Assert.Fail($"craterctl did not end within {Patience.TotalSeconds} s; it said:\n{Out}\n{Text(_error)}");
        }

        return new Answer(_process.ExitCode, Out, Text(_error));
    }

    public void Dispose()
    {
        if (!_process.HasExited)
        {
            _process.Kill(entireProcessTree: true);
        }

        _process.Dispose();
    }

    private bool Throw(string text) => throw new InvalidOperationException($"craterctl ended with {_process.ExitCode} before it said '{text}':\n{Out}\n{Text(_error)}");

    private static async Task CopyAsync(StreamReader from, StringBuilder to)
    {
        var buffer = new char[4096];
        while (await from.ReadAsync(buffer) is > 0 and var count)
        {
            lock (to)
            {
                to.Append(buffer, 0, count);
            }
        }
    }

    private static string Text(StringBuilder text)
    {
        lock (text)
        {
            return text.ToString();
        }
    }
}
