using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Crater.Experiments.Functions;

/// <summary>The text of docs/python-functions.md: a pure function of the table.</summary>
public static class PythonFunctionText
{
    private const string Head = """
        # Python functions that run natively

        This page is generated from the table that validation and the calls use; a test compares the two.

        A `python` provider that names one of these needs no interpreter and no package. Every other function runs in your own `python3`. Arguments are bound as Python
        binds them: a missing one and an unexpected one are errors. A failure is worded as the Python function words it. Where a function differs from its
        model, [chaos-toolkit.md](chaos-toolkit.md) says so.

        """;

    public static string Markdown(IEnumerable<PythonFunction> functions, IEnumerable<NativeControlModule> controls)
    {
        var text = new StringBuilder(Head);
        foreach (var module in functions.GroupBy(function => function.Module))
        {
            text.Append($"\n## {module.Key}\n\n");
            AppendFacts(text, module.First().Needs, module.SelectMany(function => function.Configuration).Distinct());
            text.Append("| function | kind | what it does | gives |\n|---|---|---|---|\n");
            foreach (var function in module)
            {
                text.Append($"| `{function.Name}({string.Join(", ", function.Parameters.Select(Written))})` | {function.Kind.ToString().ToLowerInvariant()} | {Cell(function.Summary)} | {Cell(function.Returns)} |\n");
            }

            AppendParameters(text, module.SelectMany(function => function.Parameters));
        }

        foreach (var control in controls)
        {
            text.Append($"\n## {control.Module} (control)\n\n{control.Summary}\n\n");
            AppendFacts(text, control.Needs, control.Configuration);
            text.Append($"Arguments of the control: `{string.Join(", ", control.Parameters.Select(Written))}`\n");
            AppendParameters(text, control.Parameters);
        }

        return text.ToString();
    }

    private static void AppendFacts(StringBuilder text, string needs, IEnumerable<string> configuration)
    {
        if (needs.Length > 0)
        {
            text.Append($"Needs {needs}.");
            text.Append(configuration.Any() ? $" Configuration keys: {string.Join(", ", configuration.Select(key => $"`{key}`"))}.\n\n" : "\n\n");
        }
    }

    // What means the same in several functions of a module is said once.
    private static void AppendParameters(StringBuilder text, IEnumerable<FunctionParameter> parameters)
    {
        var rows = parameters.Select(parameter => $"| `{parameter.Name}` | {parameter.Type} | {Cell(parameter.Summary)} |\n").Distinct().ToList();
        if (rows.Count > 0)
        {
            text.Append("\n| parameter | type | what it sets |\n|---|---|---|\n").AppendJoin("", rows);
        }
    }

    private static string Written(FunctionParameter parameter) => parameter.IsRequired ? parameter.Name : $"{parameter.Name}={Written(parameter.Default)}";

    private static string Written(JsonNode? value) => value?.GetValueKind() == JsonValueKind.String ? $"'{value.GetValue<string>()}'" : Substitution.Written(value);

    private static string Cell(string text) => text.Replace("|", "\\|", StringComparison.Ordinal).Replace("<", "\\<", StringComparison.Ordinal);
}
