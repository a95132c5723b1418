using System.Text.Json.Nodes;
using Crater.Documents;

namespace Crater.Experiments.Reading;

/// <summary>Reads a provider of type <c>python</c> and checks its arguments against what the function takes.</summary>
internal sealed class PythonReader(ReadScope scope)
{
    // What a function gets beside its arguments, if it has parameters of these names.
    private static readonly string[] Injected = ["configuration", "secrets"];

    private readonly Dictionary<string, PythonSignature?> _signatures = new(StringComparer.Ordinal);

    public PythonProvider? Read(Fields fields, Place place)
    {
        var module = fields.Text("module");
        var function = fields.Text("func");
        var arguments = fields.MapOf("arguments");
        var groups = fields.ListOf("secrets");
        if (string.IsNullOrWhiteSpace(module) || string.IsNullOrWhiteSpace(function))
        {
            scope.Error("CRT2057", fields.Path, fields.Map, "A python provider needs module and func.");
            return null;
        }

        if (arguments is not null)
        {
            scope.CheckNames(arguments, fields.At("arguments"));
        }

        Bind(module, function, arguments, place, fields);
        return new PythonProvider(module, function, arguments?.ToJson() as JsonObject ?? []) { Secrets = ReadGroups(groups, fields.At("secrets")) };
    }

    private void Bind(string module, string function, MapNode? arguments, Place place, Fields fields)
    {
        if (Signature(module, function) is not { } signature)
        {
            scope.Warn("CRT2058", fields.Path, fields.Map, $"{module}.{function} is not native, and whether Python has it is not checked here; it needs python3 when it is played. docs/python-functions.md lists the native functions.");
            return;
        }

        if (signature.Problem.Length > 0)
        {
            scope.Error("CRT2204", fields.Path, fields.Map, $"{module}.{function} cannot be called: {signature.Problem}");
            return;
        }

        var at = (DocumentNode?)arguments ?? fields.Map;
        foreach (var missing in signature.Parameters.Where(parameter => parameter.IsRequired && !IsGiven(parameter.Name, arguments, place)))
        {
            scope.Error("CRT2202", fields.At("arguments"), at, $"The required argument '{missing.Name}' of {module}.{function} is missing.");
        }

        foreach (var entry in arguments?.Entries.Where(entry => !signature.TakesAny && signature.Parameters.All(parameter => parameter.Name != entry.Key)) ?? [])
        {
            scope.Error("CRT2203", fields.At($"arguments.{entry.Key}"), entry.Value, $"{module}.{function} has no argument '{entry.Key}'; it takes {Listed(signature)}.");
        }
    }

    // Chaos Toolkit wants a place for the value in the document, which Crater can do without.
    private bool IsGiven(string name, MapNode? arguments, Place place) =>
        arguments?.Has(name) == true || Injected.Contains(name) || (place == Place.Tolerance && name == "value" && !scope.Options.IsStrict);

    private PythonSignature? Signature(string module, string function)
    {
        var name = $"{module}.{function}";
        if (!_signatures.TryGetValue(name, out var signature))
        {
            signature = PythonFunctions.Signature(module, function) ?? scope.Options.Python?.Invoke(module, function);
            _signatures[name] = signature;
        }

        return signature;
    }

    private static string Listed(PythonSignature signature)
    {
        var names = signature.Parameters.Select(parameter => parameter.Name).Except(Injected).ToList();
        return names.Count == 0 ? "none" : string.Join(", ", names);
    }

    private List<string> ReadGroups(ListNode? groups, string path)
    {
        List<string> names = [];
        foreach (var item in groups?.Items ?? [])
        {
            if (item is ScalarNode scalar && scope.Secrets.Groups.Contains(scalar.Text))
            {
                names.Add(scalar.Text);
            }
            else
            {
                scope.Warn("CRT2059", path, item, $"There is no group of secrets {(item as ScalarNode)?.Text}; the function gets none of that name.");
            }
        }

        return names;
    }
}
