namespace Crater.Agent;

/// <summary>How craterd ends; the same numbers mean the same as for craterctl. Listed in docs/exit-codes.md.</summary>
internal static class ExitCodes
{
    public const int Done = 0;

    /// <summary>The command line is not right; nothing was done.</summary>
    public const int Usage = 1;

    /// <summary>The injection failed or was called off, and everything is as it was.</summary>
    public const int NotInjected = 3;

    /// <summary>Something of a fault may still be in place; wins over everything else.</summary>
    public const int Residue = 4;

    /// <summary>This host does not allow it: no permission, no room, no mechanism, no such process or file.</summary>
    public const int Host = 5;

    /// <summary>No injection of that uid is known here.</summary>
    public const int Unknown = 6;

    /// <summary>Refused because of another injection: the uid was used, was recovered before, the target is claimed, or there are too many.</summary>
    public const int Taken = 7;
}
