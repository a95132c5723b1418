using Crater.Cli;
using Crater.Cli.Chaos;
using Crater.Cli.Composition;
using Crater.Lab;

return args is not [LabTools.Word, ..] && CalledAs.IsChaos() ? await ChaosCtl.RunAsync(args, Surroundings.OfThisProcess()) : await Ctl(args);

// Apart, so that who is called chaos never loads the lab.
static async Task<int> Ctl(string[] args) => LabTools.TryRun(args, LabKeeper.RunAsync) ?? await CraterCtl.RunAsync(args, Surroundings.OfThisProcess());
