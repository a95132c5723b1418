using Crater.Diagnostics;

namespace Crater.Advice;

/// <summary>Saves proposals as files.</summary>
public static class ProposalWriter
{
    /// <summary>Writes each proposal to <c>&lt;folder&gt;/&lt;slug&gt;.yaml</c> (or <c>.json</c>), replacing what the last advice wrote there.</summary>
    /// <returns>The paths, in the order of the proposals.</returns>
    /// <exception cref="CraterException">CRT9301: a file cannot be written.</exception>
    public static IReadOnlyList<string> Write(IReadOnlyList<Proposal> proposals, string folder, ProposalFormat format)
    {
        List<string> paths = [];
        foreach (var proposal in proposals)
        {
            var path = PathOf(proposal, folder, format);
            try
            {
                Directory.CreateDirectory(folder);
                File.WriteAllText(path, Text(proposal, format));
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                throw new CraterException("CRT9301", $"The proposal '{proposal.Title}' cannot be saved as {path}: {e.Message} Choose another folder with --output.", e);
            }

            paths.Add(path);
        }

        return paths;
    }

    public static string Text(Proposal proposal, ProposalFormat format) =>
        IsShort(proposal, format) ? AdvisorForm.Write(proposal) : proposal.Document;

    public static string PathOf(Proposal proposal, string folder, ProposalFormat format) =>
        Path.Combine(folder, proposal.Slug + (IsShort(proposal, format) ? ".json" : ".yaml"));

    // The short form knows no hosts.
    private static bool IsShort(Proposal proposal, ProposalFormat format) => format == ProposalFormat.Advisor && proposal.Target.Hosts is null;
}
