using System.Text.Json.Nodes;
using Crater.Runs.Activities;

namespace Crater.Runs.Controls;

/// <summary>
/// <c>chaosterraform.control</c>: applies a stack before the experiment, puts its outputs into configuration, and destroys it after the experiment. A stack
/// that was touched is destroyed however the run ended, unless it is to be retained.
/// </summary>
/// <param name="say">Told what must not be missed, and Terraform's own output where it is asked for; standard error when null.</param>
public sealed class TerraformControl(TimeProvider clock, Action<string>? say = null) : INativeControl, IDisposable
{
    private readonly Action<string> _say = say ?? Console.Error.WriteLine;
    private readonly Dictionary<string, TerraformStack> _stacks = new(StringComparer.Ordinal);

    // A hook that nobody waits for any longer still has Terraform's lock on the stack.
    private readonly SemaphoreSlim _one = new(1);

    public string Module => "chaosterraform.control";

    // A database in the cloud takes a quarter of an hour to appear, and as long to go.
    public TimeSpan? HookMax => TimeSpan.FromHours(1);

    public async Task CallAsync(ControlHook hook, ControlCall call, CancellationToken abort)
    {
        if (hook is not (ControlHook.Configure or ControlHook.BeforeExperiment or ControlHook.AfterExperiment or ControlHook.CleanUp))
        {
            return;
        }

        await _one.WaitAsync(abort);
        try
        {
            await (hook switch
            {
                ControlHook.Configure => ConfigureAsync(call, abort),
                ControlHook.BeforeExperiment => ApplyAsync(call, abort),
                _ => DestroyAsync(call, abort),
            });
        }
        finally
        {
            _one.Release();
        }
    }

    public void Dispose() => _one.Dispose();

    // What is wrong here must not keep the run from its own words: it is said when the stack is needed.
    private async Task ConfigureAsync(ControlCall call, CancellationToken abort)
    {
        var stack = _stacks[call.Control.Name] = TerraformStack.Of(call, clock, _say);
        await stack.InitAsync(abort);
        if (stack.Problem.Length > 0)
        {
            throw new InvalidOperationException(stack.Problem);
        }
    }

    private async Task ApplyAsync(ControlCall call, CancellationToken abort)
    {
        if (!_stacks.TryGetValue(call.Control.Name, out var stack))
        {
            return;
        }

        try
        {
            var outputs = await stack.ApplyAsync(call, abort);
            Publish(call, outputs, call.Arguments["outputs"] as JsonObject ?? []);
        }
        catch (ActivityFailedException failed)
        {
            throw new RunInterruptedException($"{failed.Code} {failed.Message}", isUngraceful: false);
        }
    }

    private async Task DestroyAsync(ControlCall call, CancellationToken abort)
    {
        if (!_stacks.TryGetValue(call.Control.Name, out var stack) || !stack.IsTouched || stack.Retains)
        {
            return;
        }

        try
        {
            await stack.DestroyAsync(abort);
        }
        catch (OperationCanceledException)
        {
            _say($"error CRT2384: {stack.Left} It was told to stop before it was done.");
            throw;
        }
        catch (ActivityFailedException failed)
        {
            _say($"error {failed.Code}: {failed.Message}");
            throw new InvalidOperationException($"{failed.Code} {failed.Message}");
        }
    }

    // What Terraform calls sensitive is a secret for the rest of the run, and is put in like one.
    private static void Publish(ControlCall call, JsonObject outputs, JsonObject names)
    {
        foreach (var (name, output) in outputs)
        {
            List<string> keys = [$"tf_out__{name}"];
            if (names[name] is JsonValue mapped && mapped.TryGetValue<string>(out var key))
            {
                keys.Add(key);
            }

            foreach (var place in keys)
            {
                call.Configuration[place] = output?["value"]?.DeepClone();
                if ((bool?)output?["sensitive"] == true)
                {
                    if (call.Secrets["terraform"] is not JsonObject group)
                    {
                        call.Secrets["terraform"] = group = [];
                    }

                    group[place] = output!["value"]?.DeepClone();
                }
            }
        }
    }
}
