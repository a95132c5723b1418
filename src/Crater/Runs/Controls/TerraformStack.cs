using System.ComponentModel;
using System.Text.Json;
using System.Text.Json.Nodes;
using Crater.Experiments;
using Crater.Runs.Activities;
using Crater.Runs.Activities.Functions;

namespace Crater.Runs.Controls;

/// <summary>One folder of Terraform's, and what was done to it.</summary>
internal sealed class TerraformStack
{
    // Terraform writes down what it has made before it stops; killed earlier, it forgets what it made.
    private static readonly TimeSpan StopPatience = TimeSpan.FromMinutes(2);
    private readonly TimeProvider _clock;
    private readonly Action<string> _say;
    private readonly string _folder;
    private readonly bool _isSilent;
    private IReadOnlyList<string> _variables = [];
    private Secrets _secrets = Secrets.None;

    private TerraformStack(string folder, bool isSilent, bool retains, TimeProvider clock, Action<string> say) =>
        (_folder, _isSilent, Retains, _clock, _say) = (folder, isSilent, retains, clock, say);

    /// <summary>Why it cannot be applied; empty while it can.</summary>
    public string Problem { get; private set; } = "";

    public bool Retains { get; }

    /// <summary>Something may be there that has to be destroyed.</summary>
    public bool IsTouched { get; private set; }

    /// <summary>What is left, and the command that takes it away.</summary>
    public string Left =>
        $"The Terraform stack in {Shown} may still be there. Look with '{string.Join(' ', ["terraform", .. Folder, "state", "list"])}' and run '{string.Join(' ', ["terraform", .. Folder, "destroy"])}'.";

    private string Shown => _folder.Length > 0 ? Path.GetFullPath(_folder) : Directory.GetCurrentDirectory();

    /// <summary>Configuration wins over the control's own arguments.</summary>
    public static TerraformStack Of(ControlCall call, TimeProvider clock, Action<string> say)
    {
        var folder = call.Configuration["tf_conf__chdir"] ?? call.Arguments["chdir"];
        var taken = PythonFunctions.Controls.First(control => control.Module == call.Control.Module).Parameters.Select(parameter => parameter.Name).ToList();
        var unexpected = call.Arguments.Select(pair => pair.Key).FirstOrDefault(name => !taken.Contains(name));
        return new TerraformStack(folder is null ? "" : Substitution.Written(folder), Flag("silent", true), Flag("retain", false), clock, say)
        {
            // A misspelt retain would destroy what somebody wants to keep.
            Problem = unexpected is null ? "" : $"CRT2386 The control {call.Control.Name} has no argument {unexpected}; it takes {string.Join(", ", taken)}.",
        };

        bool Flag(string name, bool standard) => (call.Configuration[$"tf_conf__{name}"] ?? call.Arguments[name]) switch
        {
            null => standard,
            JsonValue value when value.TryGetValue<string>(out var text) => text.ToLowerInvariant() is not ("false" or "0" or "no" or ""),
            var value => ToleranceCheck.IsTrue(value),
        };
    }

    public async Task InitAsync(CancellationToken abort)
    {
        if (Problem.Length > 0)
        {
            return;
        }

        if (_folder.Length > 0 && !Directory.Exists(_folder))
        {
            Problem = $"CRT2381 There is no folder {Shown} for Terraform; chdir starts at the working directory.";
            return;
        }

        // Whether a stack is ready is seen in its own folder.
        if (Directory.Exists(Path.Combine(Shown, ".terraform")))
        {
            return;
        }

        try
        {
            await RunAsync("CRT2381", "init", ["-input=false", "-no-color"], abort);
        }
        catch (ActivityFailedException failed)
        {
            Problem = $"{failed.Code} {failed.Message}";
        }
    }

    /// <summary>Makes the stack and reads its outputs, by name, as Terraform gives them.</summary>
    /// <exception cref="ActivityFailedException">CRT2380 to CRT2385.</exception>
    public async Task<JsonObject> ApplyAsync(ControlCall call, CancellationToken abort)
    {
        if (Problem.Length > 0)
        {
            throw new ActivityFailedException(Problem[..7], Problem[8..]);
        }

        _secrets = new Secrets(call.Secrets.Where(group => group.Value is JsonObject).ToDictionary(group => group.Key, group => (JsonObject)group.Value!.DeepClone()));
        _variables = Variables(call);
        IsTouched = true;
        await RunAsync("CRT2382", "apply", ["-auto-approve", "-input=false", "-no-color", .. _variables], abort);
        var end = await RunAsync("CRT2383", "output", ["-json", "-no-color"], abort, isQuiet: true);
        try
        {
            return JsonNode.Parse(end.Output) as JsonObject ?? [];
        }
        catch (JsonException)
        {
            throw new ActivityFailedException("CRT2383", $"What 'terraform output -json' says in {Shown} is no JSON.");
        }
    }

    /// <exception cref="ActivityFailedException">CRT2384.</exception>
    public async Task DestroyAsync(CancellationToken abort)
    {
        try
        {
            await RunAsync("CRT2384", "destroy", ["-auto-approve", "-input=false", "-no-color", .. _variables], abort);
            IsTouched = false;
        }
        catch (ActivityFailedException failed)
        {
            throw new ActivityFailedException("CRT2384", $"{Left} {failed.Message}");
        }
    }

    private static List<string> Variables(ControlCall call)
    {
        List<string> variables = [];
        foreach (var (name, given) in call.Arguments["variables"] as JsonObject ?? [])
        {
            var value = given;
            if (given is JsonObject { Count: 1 } reference && reference["name"] is JsonValue key)
            {
                value = call.Configuration.TryGetPropertyValue(key.ToString(), out var found)
                    ? found
                    : throw new ActivityFailedException("CRT2385", $"The variable {name} of the Terraform stack is to be the value of {key}, which configuration does not declare.");
            }

            variables.AddRange(["-var", $"{name}={Written(value)}"]);
        }

        return variables;
    }

    private static string Written(JsonNode? value) => value?.GetValueKind() switch
    {
        null or JsonValueKind.Null => "null",
        JsonValueKind.String => value.GetValue<string>(),
        _ => value.ToJsonString(),
    };

    private async Task<ChildEnd> RunAsync(string code, string command, IEnumerable<string> arguments, CancellationToken abort, bool isQuiet = false)
    {
        var program = ChildProgram.Find("terraform")
            ?? throw new ActivityFailedException("CRT2380", "terraform is not on the PATH. Install Terraform; the control chaosterraform.control starts it.");
        var child = new ChildProgram(program, [.. Folder, command, .. arguments])
        {
            Environment = new Dictionary<string, string> { ["TF_IN_AUTOMATION"] = "1" },
            KeepsOutput = isQuiet,
            StopPatience = StopPatience,
            IsApart = true,
            Line = _isSilent || isQuiet ? null : line => _say(_secrets.Mask(line)),
        };
        try
        {
            var end = await child.RunAsync(_clock, abort);
            return end.Code == 0 ? end : throw new ActivityFailedException(code, $"'terraform {command}' in {Shown} ended with {end.Code}: {_secrets.Mask(Words(end.Tail))}");
        }
        catch (Win32Exception error)
        {
            throw new ActivityFailedException("CRT2380", $"terraform at {program} cannot be started: {error.Message}");
        }
    }

    private string[] Folder => _folder.Length > 0 ? [$"-chdir={_folder}"] : [];

    // Terraform draws boxes around its errors.
    private static string Words(string tail)
    {
        var text = string.Join(' ', tail.Split('\n').Select(line => line.Trim('╷', '│', '╵', ' ')).Where(line => line.Length > 0));
        return text.Length <= 600 ? text : text[^600..];
    }
}
