namespace Crater.Experiments;

/// <summary>The Python functions that run natively, without an interpreter.</summary>
public static class PythonFunctions
{
    /// <summary>As <c>module.function</c>.</summary>
    public static IReadOnlyList<string> Native { get; } = ["os.path.exists", "time.sleep"];

    public static bool IsNative(string module, string function) => Native.Contains($"{module}.{function}");
}
