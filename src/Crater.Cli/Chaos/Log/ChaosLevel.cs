namespace Crater.Cli.Chaos.Log;

/// <summary>How much a line of the log matters, in the tool's order.</summary>
internal enum ChaosLevel { Debug, Info, Warning, Error, Critical }
