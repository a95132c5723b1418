using Crater.Cli;
using Crater.Cli.Terminal;
using Crater.Lab;

// The lab's hidden tools are this same program, called as a process of their own.
return LabTools.TryRun(args) ?? await CraterCtl.RunAsync(args, Surroundings.OfThisProcess());
