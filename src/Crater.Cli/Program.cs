using Crater.Cli;
using Crater.Cli.Composition;
using Crater.Lab;

return LabTools.TryRun(args, LabKeeper.RunAsync) ?? await CraterCtl.RunAsync(args, Surroundings.OfThisProcess());
