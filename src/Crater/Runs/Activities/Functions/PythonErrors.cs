using System.Text.Json;
using System.Text.Json.Nodes;
using Crater.Experiments.Functions;

namespace Crater.Runs.Activities.Functions;

/// <summary>Failures of native functions, worded as the Python function would word them: documents and people match on these texts.</summary>
public static class PythonErrors
{
    /// <param name="type">The class of Python's exception.</param>
    /// <param name="advice">What to do next; not a part of Python's text.</param>
    public static ActivityFailedException Raised(string code, string type, string text, string advice = "") =>
        Failed(code, $"{type}: {text}", advice);

    /// <summary>A failure without a class of Python's.</summary>
    public static ActivityFailedException Failed(string code, string text, string advice = "") =>
        new(code, advice.Length > 0 ? $"{text}{(text.EndsWith('.') ? "" : ".")} {advice}" : text)
        {
            Trace = ["Traceback (most recent call last):\n", $"chaoslib.exceptions.ActivityFailed: {text}\n"],
        };

    public static ActivityFailedException WrongType(string text, PythonFunction function, string parameter) =>
        Raised("CRT2360", "TypeError", text, $"{function.FullName} takes {function.Parameters.First(own => own.Name == parameter).Type} as {parameter}.");

    /// <summary>What the system said no to, with its number, as Python writes an OSError.</summary>
    public static ActivityFailedException System(int errno, string message, params string[] paths)
    {
        var type = errno switch
        {
            1 or 13 => "PermissionError",
            2 => "FileNotFoundError",
            17 => "FileExistsError",
            20 => "NotADirectoryError",
            21 => "IsADirectoryError",
            _ => "OSError",
        };
        return Raised("CRT2361", type, $"[Errno {errno}] {message}: {string.Join(" -> ", paths.Select(Quoted))}");
    }

    /// <summary>What Python calls a JSON value's type.</summary>
    public static string TypeName(JsonNode? value) => value?.GetValueKind() switch
    {
        null or JsonValueKind.Null => "NoneType",
        JsonValueKind.True or JsonValueKind.False => "bool",
        JsonValueKind.String => "str",
        JsonValueKind.Array => "list",
        JsonValueKind.Object => "dict",
        _ => value.ToJsonString().AsSpan().ContainsAny('.', 'e', 'E') ? "float" : "int",
    };

    private static string Quoted(string text) => text.Contains('\'') && !text.Contains('"') ? $"\"{text}\"" : $"'{text.Replace("'", "\\'", StringComparison.Ordinal)}'";
}
