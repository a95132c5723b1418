using Crater.Drivers;

namespace Crater.Kubernetes.Operator.Experiments;

/// <summary>
/// What stands on an Experiment, together with the finalizer, before its run begins: from here on this run may inject, and no other one ever will for this object.
/// </summary>
/// <param name="Uid">Of the object it was written for: a copy of an Experiment takes the annotation along, and was never run.</param>
/// <param name="Operator">The installation whose run it is.</param>
/// <param name="Process">Which of its processes.</param>
internal sealed record Intent(RunId Run, string Uid, string Operator, string Process)
{
    public const string Key = "crater.dev/begun";

    public string Text => $"{Run.Value} {Uid} {Operator} {Process}";

    /// <summary>Null for none, for one of another object, and for one that cannot be read.</summary>
    public static Intent? Parse(string text, string uid) =>
        text.Split(' ') is [var run, var of, var installation, var process] && of == uid && RunId.TryParse(run, out var parsed) ? new Intent(parsed, of, installation, process) : null;
}
