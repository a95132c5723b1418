using Crater.Diagnostics;

namespace Crater.Cli;

/// <summary>What an exit of craterctl means. Scripts may rely on it; docs/exit-codes.md says the same.</summary>
internal static class ExitCodes
{
    /// <summary>Done; for a run: the hypothesis was upheld and everything is as it was.</summary>
    public const int Upheld = 0;

    /// <summary>The command line or a document is not right; nothing was done.</summary>
    public const int Usage = 1;

    /// <summary>The run refuted the hypothesis: a weakness has been found. Everything is as it was.</summary>
    public const int Refuted = 2;

    /// <summary>The run could not tell, or a person aborted it. Everything is as it was.</summary>
    public const int Inconclusive = 3;

    /// <summary>A fault may still be in place. Louder than every verdict.</summary>
    public const int Residue = 4;

    /// <summary>No cluster, no permission, no disk: the surroundings do not allow it.</summary>
    public const int Environment = 5;

    /// <summary>The cluster does not answer, does not know the user, or does not let them, or a node of it has no agent that may do what is needed: a run that ends for this has found nothing out, and would find nothing out the next time.</summary>
    public static bool IsNoClusterOrNoRight(string code) => code is "CRT5201" or "CRT5202" or "CRT8515" or "CRT8517" or ['C', 'R', 'T', '5', '1', ..] or ['C', 'R', 'T', '8', '5', '0', ..];

    /// <summary>The exit code that an error deserves, by the thousand of its code (docs/errors.md); those of a cluster that are about the document or the command line alone are named.</summary>
    public static int For(CraterException error) => error.Code is "CRT8201" or "CRT8203" or "CRT8208" ? Usage : error.Code is ['C', 'R', 'T', '4' or '5' or '6' or '7' or '8', ..] ? Environment : Usage;
}
