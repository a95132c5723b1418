using System.Collections;
using System.Text.Json.Nodes;
using Crater.Experiments;
using Crater.Runs.Activities;
using Crater.Runs.Activities.Python;
using Xunit;

namespace Crater.EndToEnd.Tests.Python;

/// <summary>The interpreters of this machine, with the modules beside the tests on their path.</summary>
internal sealed class Interpreters : IAsyncDisposable
{
    private readonly List<PythonLine> _lines = [];

    public Interpreters(string interpreter = "python3", Func<PythonOptions, PythonOptions>? change = null)
    {
        var environment = Environment.GetEnvironmentVariables().Cast<DictionaryEntry>().ToDictionary(entry => (string)entry.Key, entry => (string?)entry.Value ?? "");
        (environment[PythonOptions.Variable], environment["PYTHONPATH"], environment["PYTHONDONTWRITEBYTECODE"]) = (interpreter, Modules, "1");
        var options = new PythonOptions { Environment = environment, Log = Say };
        Assert.SkipWhen(options.Find() is null, $"{interpreter} is missing");
        Bridge = new PythonBridge(change?.Invoke(options) ?? options, TimeProvider.System);
    }

    /// <summary>Debian's, and the first on the PATH when that is another one.</summary>
    public static TheoryData<string> All => ["python3", "/usr/bin/python3"];

    public static string Modules => Path.Combine(AppContext.BaseDirectory, "Python", "Modules");

    public PythonBridge Bridge { get; }

    public IReadOnlyList<PythonLine> Lines { get { lock (_lines) { return [.. _lines]; } } }

    /// <summary>Calls one of the modules' functions.</summary>
    public Task<JsonNode?> CallAsync(string function, JsonObject? arguments = null, CancellationTokenSource? abort = null, bool beside = false) =>
        CallAsync("some_functions", function, arguments, abort, new ActivityContext { IsBeside = beside });

    public Task<JsonNode?> CallAsync(string module, string function, JsonObject? arguments = null, CancellationTokenSource? abort = null, ActivityContext? context = null) =>
        CallAsync(new PythonProvider(module, function, arguments ?? []), context, abort);

    public Task<JsonNode?> CallAsync(PythonProvider provider, ActivityContext? context = null, CancellationTokenSource? abort = null) =>
        Bridge.CallAsync(provider, provider.Arguments, context ?? new ActivityContext(), abort?.Token ?? TestContext.Current.CancellationToken);

    /// <summary>What was printed, logged and said of controls, as text.</summary>
    public IEnumerable<string> Said => Lines.Select(line => line.Text);

    public void Say(PythonLine line)
    {
        lock (_lines)
        {
            _lines.Add(line);
        }
    }

    /// <summary>Whether a process has ended, also when nobody has taken note of that yet.</summary>
    public static bool IsGone(int pid)
    {
        try
        {
            using var process = System.Diagnostics.Process.GetProcessById(pid);
            return process.HasExited || File.ReadAllText($"/proc/{pid}/stat").Contains(") Z ", StringComparison.Ordinal);
        }
        catch (Exception error) when (error is ArgumentException or IOException or InvalidOperationException)
        {
            return true;
        }
    }

    public ValueTask DisposeAsync() => Bridge.DisposeAsync();
}
