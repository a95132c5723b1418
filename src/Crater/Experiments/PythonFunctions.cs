using Crater.Experiments.Functions;

namespace Crater.Experiments;

/// <summary>
/// The Python functions that run natively, without an interpreter: one table, from which validation, the call and docs/python-functions.md come.
/// Names, order and defaults of parameters are the ones that existing documents rely on.
/// </summary>
public static class PythonFunctions
{
    /// <summary>By family, in the order of the page.</summary>
    public static IReadOnlyList<PythonFunction> All { get; } =
    [
        .. StandardFunctions.All,
        .. ToolkitFunctions.All,
        .. ToxiproxyFunctions.All,
        .. PrometheusFunctions.All,
        .. K6Functions.All,
    ];

    /// <summary>The modules whose hooks run natively as a control.</summary>
    public static IReadOnlyList<NativeControlModule> Controls { get; } = [TerraformControlModule.Module];

    /// <summary>As <c>module.function</c>.</summary>
    public static IReadOnlyList<string> Native { get; } = [.. All.Select(function => function.FullName)];

    public static bool IsNative(string module, string function) => ByName.ContainsKey($"{module}.{function}");

    public static bool IsNativeControl(string module) => Controls.Any(control => control.Module == module);

    /// <summary>Null when it is not native.</summary>
    public static PythonFunction? Find(string module, string function) => ByName.GetValueOrDefault($"{module}.{function}");

    /// <summary>What a native function takes, for validation; null when it is not native.</summary>
    public static PythonSignature? Signature(string module, string function) => Find(module, function)?.Signature;

    private static readonly Dictionary<string, PythonFunction> ByName = All.ToDictionary(function => function.FullName, StringComparer.Ordinal);
}
