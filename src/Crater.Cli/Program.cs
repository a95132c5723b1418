using Crater.Cli;
using Crater.Cli.Terminal;

return await CraterCtl.RunAsync(args, Surroundings.OfThisProcess());
