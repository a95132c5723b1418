using System.Diagnostics.CodeAnalysis;
using System.Reflection;
using System.Text.Json;
using System.Text.Json.Nodes;
using Crater.Models.Structure;

namespace Crater.Models.Tools;

/// <summary>One method of a system as a model may call it. Its offer, its line in a prompt and the check of its arguments all come from the method's own declaration.</summary>
public sealed class Tool
{
    private readonly object _system;
    private readonly MethodInfo _method;
    private readonly ToolAttribute _about;

    private Tool(object system, MethodInfo method, ToolAttribute about)
    {
        (_system, _method, _about) = (system, method, about);
        Name = ToolName.Of(method.Name);
        Action = about.Action.Length > 0 ? about.Action : Name.ToUpperInvariant();
        Parameters = [.. method.GetParameters().Where(parameter => parameter.ParameterType != typeof(CancellationToken)).Select(parameter => new ToolParameter(parameter))];
        if (method.ReturnType != typeof(Task<ToolResult>))
        {
            throw new ArgumentException($"{method.Name} is a tool, and does not return a task of a result.", nameof(method));
        }

        if (Parameters.SkipLast(1).Any(parameter => parameter.TakesRest))
        {
            throw new ArgumentException($"In {method.Name} a parameter that is not the last one takes all words.", nameof(method));
        }
    }

    public string Name { get; }

    /// <summary>The word that stands for it in plain text.</summary>
    public string Action { get; }

    public string Description => _about.Description;

    public Power Power => _about.Power;

    public bool ReadsFreeText => _about.ReadsFreeText;

    public IReadOnlyList<ToolParameter> Parameters { get; }

    /// <summary>Null for no limit.</summary>
    public TimeSpan? Timeout => _about.TimeoutSeconds > 0 ? TimeSpan.FromSeconds(_about.TimeoutSeconds) : null;

    /// <summary>How it is offered to a model that has tools.</summary>
    public ToolOffer Offer => new(Name, Description, Schema.Object([.. Parameters.Select(parameter => (parameter.Name, parameter.Schema()))]));

    /// <summary>How it is told to a model that has none: word and parameters in order, optional ones in brackets.</summary>
    public string Line => $"{Action}{string.Concat(Parameters.Select(Placeholder))}: {Description}{string.Concat(Parameters.Select(Meaning))}";

    /// <summary>All tools of a system, in the order of their names.</summary>
    /// <remarks>The annotation keeps the methods and their attributes when the program is trimmed.</remarks>
    public static IReadOnlyList<Tool> Of<[DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.PublicMethods)] T>(T system)
        where T : notnull =>
    [
        .. typeof(T).GetMethods(BindingFlags.Public | BindingFlags.Instance)
            .Select(method => (Method: method, About: method.GetCustomAttribute<ToolAttribute>()))
            .Where(pair => pair.About is not null)
            .Select(pair => new Tool(system, pair.Method, pair.About!))
            .OrderBy(tool => tool.Name, StringComparer.Ordinal),
    ];

    /// <summary>What is wrong with arguments that keep to the schema: numbers out of range.</summary>
    public IReadOnlyList<string> Problems(JsonElement arguments) =>
        [.. Parameters.Select(parameter => parameter.TryRead(arguments.GetProperty(parameter.Name), out _)).OfType<string>()];

    /// <param name="arguments">Without problems.</param>
    internal Task<ToolResult> InvokeAsync(JsonElement arguments, CancellationToken abort)
    {
        var values = Parameters.Select(parameter =>
        {
            parameter.TryRead(arguments.GetProperty(parameter.Name), out var value);
            return value;
        });
        var takesAbort = _method.GetParameters().Length > Parameters.Count;
        return (Task<ToolResult>)_method.Invoke(_system, BindingFlags.DoNotWrapExceptions, null, [.. values, .. takesAbort ? [abort] : Array.Empty<object?>()], null)!;
    }

    private static string Placeholder(ToolParameter parameter) => parameter.IsOptional ? $" [{parameter.Name}]" : $" {parameter.Name}";

    private static string Meaning(ToolParameter parameter)
    {
        var schema = parameter.Schema();
        return $"\n  {parameter.Name}: {schema["description"]!.GetValue<string>()}{(parameter.Values.Count > 0 ? $" One of {string.Join(", ", parameter.Values)}." : "")}";
    }
}
