using System.Text.Json.Nodes;
using Crater.Documents;

namespace Crater.Experiments.Reading;

/// <summary>Reads the controls of every level of one document.</summary>
internal sealed class ControlsReader(ReadScope scope)
{
    private readonly HashSet<string> _declared = new(StringComparer.Ordinal);
    private readonly List<(string Name, string Path, DocumentNode At)> _refs = [];
    private readonly HashSet<string> _checkedModules = new(StringComparer.Ordinal);

    /// <summary>The <c>controls</c> of an experiment, a hypothesis or an activity.</summary>
    public IReadOnlyList<Control> Read(Fields owner)
    {
        if (owner.ListOf("controls") is not { Items.Count: > 0 } list)
        {
            return [];
        }

        List<Control> controls = [];
        for (var i = 0; i < list.Items.Count; i++)
        {
            var path = $"{owner.At("controls")}[{i}]";
            if (list.Items[i] is not MapNode map)
            {
                scope.Error("CRT2087", path, list.Items[i], $"A control must be a map with name and provider; found {list.Items[i].Saying}.");
            }
            else if (ReadOne(new Fields(map, path, scope)) is { } control)
            {
                controls.Add(control);
            }
        }

        return controls;
    }

    /// <summary>To be called when everything is read: a <c>ref</c> may name a control that is declared further down.</summary>
    public void CheckRefs()
    {
        foreach (var (name, path, at) in _refs.Where(item => !_declared.Contains(item.Name)))
        {
            scope.Error("CRT2088", path, at, $"ref names the control {name}, and the document declares none of that name.{scope.Hint(name, _declared)}");
        }
    }

    private Control? ReadOne(Fields fields)
    {
        var name = fields.Text("name");
        var scopeOf = Scope(fields);
        var isAutomatic = fields.Flag("automatic", "CRT2087") ?? true;
        var reference = fields.Text("ref") ?? "";
        var provider = Provider(fields, name ?? "");
        fields.WarnUnknown("A control");
        if (reference.Length > 0)
        {
            _refs.Add((reference, fields.At("ref"), fields.Map["ref"]!));
        }
        else if (name is not null)
        {
            _declared.Add(name);
        }

        if (string.IsNullOrWhiteSpace(name))
        {
            scope.Error("CRT2087", fields.Path, fields.Map, "A control needs a name, also when it has a ref.");
        }

        return provider is var (module, arguments) && name is not null
            ? new Control(name, module, arguments) { Scope = scopeOf, IsAutomatic = isAutomatic, Ref = reference }
            : null;
    }

    private ControlScope? Scope(Fields fields)
    {
        switch (fields.Text("scope"))
        {
            case null or "":
                return null;
            case "before":
                return ControlScope.Before;
            case "after":
                return ControlScope.After;
            case var other:
                scope.Error("CRT2087", fields.At("scope"), fields.Map["scope"], $"scope is {other}; it must be before or after. Left out, the control is called both times.");
                return null;
        }
    }

    private (string Module, JsonObject Arguments)? Provider(Fields fields, string name)
    {
        var owner = fields.Map.ToJson() as JsonObject;
        if (fields.Take("provider") is not MapNode map)
        {
            scope.Error("CRT2087", fields.Path, fields.Map["provider"] ?? fields.Map, $"The control {name} needs a provider: {{type: python, module: …}}.");
            return null;
        }

        var provider = new Fields(map, fields.At("provider"), scope);
        var type = provider.Text("type");
        var module = provider.Text("module");
        var arguments = provider.MapOf("arguments");
        provider.WarnUnknown("The provider of a control");
        if (type != "python")
        {
            scope.Warn("CRT2089", provider.At("type"), map["type"] ?? map, $"Controls are written in Python: the provider of {name} is of type {type ?? "nothing"}, and the control is never called.");
            return ("", []);
        }

        if (string.IsNullOrWhiteSpace(module))
        {
            scope.Error("CRT2087", provider.Path, map, $"The control {name} needs the module that has its hooks.");
            return null;
        }

        if (!PythonFunctions.IsNativeControl(module))
        {
            WarnOfMissing(module, name, provider);
            if (owner is not null && scope.Options.ControlRefusal?.Invoke(module, owner) is { Length: > 0 } refusal)
            {
                scope.Error("CRT2341", provider.Path, map, $"The module {module} refuses the control {name}: {refusal}");
            }
        }

        return (module, arguments?.ToJson() as JsonObject ?? []);
    }

    // A module that cannot be imported leaves the control out, and the run goes on: it is said and no error.
    private void WarnOfMissing(string module, string name, Fields provider)
    {
        if (scope.Options.Python is { } describe && _checkedModules.Add(module) && describe(module, "") is { Problem.Length: > 0 } signature)
        {
            scope.Warn("CRT2089", provider.At("module"), provider.Map["module"], $"The module {module} of the control {name} cannot be used: {signature.Problem} The run goes on without the control.");
        }
    }
}
