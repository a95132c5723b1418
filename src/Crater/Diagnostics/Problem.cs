namespace Crater.Diagnostics;

/// <summary>One thing that is wrong with what a user gave us. Validation returns all of them, never only the first.</summary>
/// <param name="Path">Where: a dotted path into the document (<c>method[0].provider.arguments.delay</c>), or an option's name.</param>
/// <param name="Code">Stable across releases and listed in docs/errors.md, e.g. <c>CRT2101</c>.</param>
/// <param name="Message">What was asked, what was found, what to do next.</param>
/// <param name="Line">Line in the document, counted from 1; 0 where there is none.</param>
/// <param name="Column">Column in the line, counted from 1; 0 where there is none.</param>
public sealed record Problem(string Path, string Code, string Message, int Line = 0, int Column = 0)
{
    /// <summary>Warnings are shown and do not stop anything.</summary>
    public bool IsWarning { get; init; }

    public override string ToString() =>
        $"{Code} {(Line > 0 ? $"line {Line}:{Column} " : "")}{(Path.Length > 0 ? Path + ": " : "")}{Message}";
}
