namespace Crater.Experiments.Functions;

/// <summary>The helpers of Chaos Toolkit's own library that a document can name as a function.</summary>
internal static class ToolkitFunctions
{
    public static IReadOnlyList<PythonFunction> All { get; } =
    [
        new("chaoslib.exit", "exit_gracefully", FunctionKind.Action, "Ends the run now: interrupted, background activities waited for, rollbacks as their strategy says.") { Returns = "never" },
        new("chaoslib.exit", "exit_ungracefully", FunctionKind.Action,
            "Ends the run now: interrupted, background activities cut, and the document's own rollbacks not played whatever their strategy says.") { Returns = "never" },
    ];
}
