namespace Crater.Experiments;

/// <summary>What a Python function takes, as far as a document's arguments can be checked against it.</summary>
public sealed record PythonSignature
{
    /// <summary>Why it cannot be called (the module does not import, there is no such function, there is no interpreter); empty when it can.</summary>
    public string Problem { get; init; } = "";

    public IReadOnlyList<PythonParameter> Parameters { get; init; } = [];

    /// <summary>It has <c>**kwargs</c>: no argument is unexpected.</summary>
    public bool TakesAny { get; init; }
}

/// <param name="IsRequired">It has no default.</param>
public sealed record PythonParameter(string Name, bool IsRequired);
