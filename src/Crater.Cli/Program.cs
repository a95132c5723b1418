using Crater.Cli;
using Crater.Cli.Chaos;
using Crater.Cli.Composition;
using Crater.Lab;

return args is not [LabTools.Word, ..] && CalledAs.IsChaos()
    ? await ChaosCtl.RunAsync(args, Surroundings.OfThisProcess())
    : LabTools.TryRun(args, LabKeeper.RunAsync) ?? await CraterCtl.RunAsync(args, Surroundings.OfThisProcess());
