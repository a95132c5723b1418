namespace Crater.Agent.Faults;

/// <summary>What a keeper holds, when it counts what it meets.</summary>
internal interface ICounting
{
    /// <summary>Keeps the count in this file from now on, and a last time when it ends.</summary>
    void CountInto(string file);
}
