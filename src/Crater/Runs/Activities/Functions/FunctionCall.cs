using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Crater.Experiments;
using Crater.Experiments.Functions;

namespace Crater.Runs.Activities.Functions;

/// <summary>One call of a native function: its arguments bound to its parameters, with what the engine gives beside them.</summary>
public sealed class FunctionCall
{
    private readonly Dictionary<string, JsonNode?> _arguments = new(StringComparer.Ordinal);

    private FunctionCall(PythonFunction function) => Function = function;

    public PythonFunction Function { get; }

    public required IReadOnlyDictionary<string, JsonNode?> Configuration { get; init; }

    /// <summary>All of the run's: nothing that a function writes anywhere may show one.</summary>
    public required Secrets Secrets { get; init; }

    public required TimeProvider Clock { get; init; }

    /// <exception cref="ActivityFailedException">CRT2309: an argument is missing, or there is no such parameter.</exception>
    public static FunctionCall Bind(PythonFunction function, PythonProvider provider, JsonObject arguments, ActivityContext context, TimeProvider clock)
    {
        var call = new FunctionCall(function) { Configuration = context.Configuration, Secrets = context.Secrets, Clock = clock };
        var signature = $"{provider.Module}.{provider.Function} takes {(function.Parameters.Count == 0 ? "no argument" : string.Join(", ", function.Parameters.Select(parameter => parameter.Name)))}.";
        if (arguments.Select(pair => pair.Key).FirstOrDefault(name => function.Parameters.All(parameter => parameter.Name != name)) is { } unexpected)
        {
            throw PythonErrors.Raised("CRT2309", "TypeError", $"{function.Name}() got an unexpected keyword argument '{unexpected}'", signature);
        }

        foreach (var parameter in function.Parameters)
        {
            if (arguments.TryGetPropertyValue(parameter.Name, out var given))
            {
                call._arguments[parameter.Name] = given;
            }
            else if (!parameter.IsRequired)
            {
                call._arguments[parameter.Name] = parameter.Default?.DeepClone();
            }
            else
            {
                throw PythonErrors.Raised("CRT2309", "TypeError", $"{function.Name}() missing 1 required positional argument: '{parameter.Name}'", signature);
            }
        }

        return call;
    }

    /// <summary>The argument as it was given, or the parameter's default; null as well where the function has no such parameter.</summary>
    public JsonNode? this[string name] => _arguments.GetValueOrDefault(name);

    /// <summary>The argument as Python's <c>str</c> would write it.</summary>
    public string Text(string name) => Substitution.Written(this[name]);

    /// <summary>Null when the argument is null.</summary>
    public string? TextOrNull(string name) => this[name] is null ? null : Text(name);

    /// <summary>Whether Python takes it for true: not null, false, 0, or empty.</summary>
    public bool IsTrue(string name) => ToleranceCheck.IsTrue(this[name]);

    /// <exception cref="ActivityFailedException">CRT2360: it is no whole number. A text of digits is none, as in Python.</exception>
    public long Whole(string name) => this[name] switch
    {
        JsonValue value when value.GetValueKind() == JsonValueKind.True => 1,
        JsonValue value when value.GetValueKind() == JsonValueKind.False => 0,
        JsonValue value when value.GetValueKind() == JsonValueKind.Number && long.TryParse(value.ToJsonString(), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var whole) => whole,
        var other => throw PythonErrors.WrongType($"'{PythonErrors.TypeName(other)}' object cannot be interpreted as an integer", Function, name),
    };

    /// <exception cref="ActivityFailedException">CRT2360: it is no number.</exception>
    public double Number(string name) => this[name] switch
    {
        JsonValue value when value.GetValueKind() == JsonValueKind.Number => double.Parse(value.ToJsonString(), CultureInfo.InvariantCulture),
        JsonValue value when value.GetValueKind() is JsonValueKind.True or JsonValueKind.False => value.GetValue<bool>() ? 1 : 0,
        var other => throw PythonErrors.WrongType($"must be real number, not {PythonErrors.TypeName(other)}", Function, name),
    };

    /// <exception cref="ActivityFailedException">CRT2360: it is no text.</exception>
    public string Path(string name, string caller) => this[name] is JsonValue value && value.TryGetValue<string>(out var text)
        ? text
        : throw PythonErrors.WrongType($"{caller}: {name} should be string, bytes or os.PathLike, not {PythonErrors.TypeName(this[name])}", Function, name);

    /// <summary>A configuration value as text; empty when there is none.</summary>
    public string Configured(string key) => Configuration.TryGetValue(key, out var value) && ToleranceCheck.IsTrue(value) ? Substitution.Written(value) : "";
}
