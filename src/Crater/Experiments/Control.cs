using System.Text.Json.Nodes;

namespace Crater.Experiments;

/// <summary>A control as a document or the settings declare it: code that is called around the parts of a run.</summary>
/// <param name="Module">The Python module whose hooks are called.</param>
/// <param name="Arguments">Given to every hook; variables are put in at each call, but not for the configure hook.</param>
public sealed record Control(string Name, string Module, JsonObject Arguments)
{
    /// <summary>Null calls it before and after.</summary>
    public ControlScope? Scope { get; init; }

    /// <value>Default: true. False keeps it from being called at lower levels than the one that declares it.</value>
    public bool IsAutomatic { get; init; } = true;

    /// <summary>Name of a control of the top level that is meant here; empty when this declares its own.</summary>
    public string Ref { get; init; } = "";
}

public enum ControlScope { Before, After }
