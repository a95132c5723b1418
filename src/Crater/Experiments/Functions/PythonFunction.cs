using System.Text.Json.Nodes;

namespace Crater.Experiments.Functions;

/// <summary>What a function is meant for. A document may use either as the other.</summary>
public enum FunctionKind { Probe, Action }

/// <summary>One Python function that runs natively, as data.</summary>
/// <param name="Module">As documents write it in <c>provider.module</c>.</param>
/// <param name="Name">As documents write it in <c>provider.func</c>.</param>
/// <param name="Summary">One sentence.</param>
public sealed record PythonFunction(string Module, string Name, FunctionKind Kind, string Summary)
{
    /// <summary>In the order of the signature, without <c>configuration</c> and <c>secrets</c>.</summary>
    public IReadOnlyList<FunctionParameter> Parameters { get; init; } = [];

    /// <summary>The configuration keys that it reads; empty when it does not take <c>configuration</c>.</summary>
    public IReadOnlyList<string> Configuration { get; init; } = [];

    /// <summary>It takes the groups of secrets that the provider names.</summary>
    public bool TakesSecrets { get; init; }

    /// <summary>What it gives back.</summary>
    public required string Returns { get; init; }

    /// <summary>What must be there for it to work, beside Crater itself; empty for nothing.</summary>
    public string Needs { get; init; } = "";

    public string FullName => $"{Module}.{Name}";

    public PythonSignature Signature => new()
    {
        Parameters = [.. Parameters.Select(parameter => new PythonParameter(parameter.Name, parameter.IsRequired)), .. Injected],
    };

    // Given by the engine, whatever the document's arguments say.
    private IEnumerable<PythonParameter> Injected
    {
        get
        {
            if (Configuration.Count > 0)
            {
                yield return new PythonParameter("configuration", IsRequired: false);
            }

            if (TakesSecrets)
            {
                yield return new PythonParameter("secrets", IsRequired: false);
            }
        }
    }
}

/// <param name="Type">In Python's words: str, int, float, bool, list, dict, any.</param>
/// <param name="Summary">What it sets, with the unit.</param>
public sealed record FunctionParameter(string Name, string Type, string Summary)
{
    public bool IsRequired { get; init; } = true;

    /// <summary>What the function gets when the document gives nothing.</summary>
    public JsonNode? Default { get; init; }

    /// <summary>A parameter that may be left out.</summary>
    public static FunctionParameter Optional(string name, string type, JsonNode? standard, string summary) =>
        new(name, type, summary) { IsRequired = false, Default = standard };
}

/// <summary>A Python module that is used as a control and whose hooks run natively.</summary>
public sealed record NativeControlModule(string Module, string Summary)
{
    /// <summary>The arguments of its <c>configure_control</c>.</summary>
    public IReadOnlyList<FunctionParameter> Parameters { get; init; } = [];

    public IReadOnlyList<string> Configuration { get; init; } = [];

    public string Needs { get; init; } = "";

    /// <summary>The argument whose values are the configuration keys that it makes; empty when it makes none.</summary>
    public string Outputs { get; init; } = "";

    /// <summary>What the other configuration keys that it makes begin with.</summary>
    public string OutputPrefix { get; init; } = "";
}
