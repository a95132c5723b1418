namespace Crater.Tests.Runs.Simulation;

/// <summary>One run from its process to the last sweep that tries to finish it.</summary>
internal sealed class Life
{
    public Task? Main { get; set; }

    public bool IsGivenUp { get; set; }

    public bool IsOver => IsGivenUp || Main is { IsCompleted: true };
}
