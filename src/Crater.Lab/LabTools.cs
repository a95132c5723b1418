using Crater.Lab.Spawning;

namespace Crater.Lab;

/// <summary>
/// Programs of the lab that run as processes of their own, hidden behind <c>craterctl lab-tool …</c>. The command line's Main asks here
/// first.
/// </summary>
public static class LabTools
{
    public const string Word = "lab-tool";

    /// <returns>Null when the arguments are not for a tool; else the exit code.</returns>
    /// <param name="companion">Runs beside the lab, where the tool is the lab.</param>
    public static int? TryRun(string[] args, LabCompanion? companion = null) => args switch
    {
        [Word, "burn", var percent] => Holding.Burner.Run(double.Parse(percent)),
        [Word, "fill", var bytes] => Holding.Filler.Run(long.Parse(bytes)),
        [Word, "tie", .. var command] => Tied.Run(command),
        [Word, "serve"] => LabHost.ServeAsync(Console.OpenStandardInput(), Console.Out, companion).GetAwaiter().GetResult(),
        [Word, "host", var request, var log] => LabHost.HostAsync(request, log, companion).GetAwaiter().GetResult(),
        [Word, ..] => 1,
        _ => null,
    };
}
