using System.CommandLine;
using Crater.Cli.Terminal;
using Crater.Diagnostics;
using Crater.Discovery;
using Crater.Experiments;
using Crater.Faults;

namespace Crater.Cli.Composition;

/// <summary>Which driver does the faults: the document's, else the command line's, else the one that stack.yaml prefers, else whichever is first in the catalogue.</summary>
internal sealed class DriverChoice
{
    private readonly Option<string?> _driver = new("--driver") { Description = "Who does the faults where the document does not say: kubernetes, lab, agent, litmus, chaos-mesh." };

    public void AddTo(Command command) => command.Add(_driver);

    /// <exception cref="CraterException">CRT8201: the document insists on another one.</exception>
    public Experiment Apply(ParseResult parsed, Experiment experiment, StackFile? stack) => Apply(parsed.GetValue(_driver) ?? "", experiment, stack?.Experiments.Driver ?? "");

    internal static Experiment Apply(string asked, Experiment experiment, string preferred)
    {
        if (asked.Length > 0 && experiment.Driver.Length > 0 && asked != experiment.Driver)
        {
            throw new CraterException("CRT8201",
                $"The document asks for driver '{experiment.Driver}' and the command line for '{asked}'. Another driver would be another experiment: take one of the two away.");
        }

        return asked.Length > 0 ? experiment with { Driver = asked }
            : experiment.Driver.Length == 0 && preferred.Length > 0 && Suits(experiment, preferred) ? experiment with { Driver = preferred }
            : experiment;
    }

    // A preference is for what it can do, and no reason to refuse the rest.
    private static bool Suits(Experiment experiment, string preferred) => experiment.Method.Select(activity => activity.Provider).OfType<FaultProvider>().ToArray() is { Length: > 0 } faults
        && faults.All(fault => FaultCatalogue.Find(fault.Fault.Name, fault.Target.Kind)?.Drivers.Contains(preferred) == true);
}
