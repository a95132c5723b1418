namespace Crater.Reports.Causes;

public enum FactKind { Component, Dependency, Fault, Event, Figure, Weakness, Name }

/// <summary>One thing that the run folder shows, with an id by which a sentence cites it and, where it has a value, takes that value.</summary>
/// <param name="Id">The same for every reading of the same folder: <c>e12</c>, <c>c03</c>, <c>c02.error-rate.worst</c>, <c>c03.WK-REPLICAS</c>.</param>
/// <param name="Label">How a reader is shown the citation.</param>
/// <param name="Told">What a model is told: words of our own, aliases and figures. No text that came from a cluster, a document, a probe or an answer; empty when it is not told at all.</param>
public sealed record Fact(string Id, FactKind Kind, string Label, string Told)
{
    /// <summary>What <c>{id}</c> in a sentence stands for; empty for what can only be cited.</summary>
    public string Value { get; init; } = "";

    /// <summary>Of a value that is a figure: where it comes from.</summary>
    public Figure? Figure { get; init; }

    /// <summary>Id of the component it is about; empty for the application as its users see it.</summary>
    public string Component { get; init; } = "";

    /// <summary>Crater did it: never the cause of anything that is to be explained, however true it is that it came first.</summary>
    public bool IsOurs { get; init; }

    /// <summary>Of an event: text of others that says more, for <see cref="MessageKinds"/> and for nothing else; empty when there is none.</summary>
    public string Message { get; init; } = "";
}
