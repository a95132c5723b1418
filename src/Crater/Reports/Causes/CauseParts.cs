namespace Crater.Reports.Causes;

/// <summary>The parts of the section that have something to say, with their headings.</summary>
internal static class CauseParts
{
    public static IEnumerable<(Part Part, string Title)> Titles(RootCause cause) =>
        Enum.GetValues<Part>().Where(part => cause.Of(part).Any()).Select(part => (part, part switch
        {
            Part.Observed => "What was observed, from the fault to the users",
            Part.Cause => "Why",
            Part.Confidence when cause.Conclusion is Conclusion.Weakness => "How sure this is",
            Part.Confidence => "Why no more can be said",
            Part.Prevention => "What prevents it",
            _ => "What would settle it",
        }));
}
