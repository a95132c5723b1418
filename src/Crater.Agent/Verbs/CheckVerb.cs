using Crater.Agent.Faults;

namespace Crater.Agent.Verbs;

/// <summary><c>craterd check [FAULT]</c>: what this host can do, and by which mechanism. Changes nothing.</summary>
internal static class CheckVerb
{
    public static int Run(IReadOnlyList<string> arguments, Surroundings surroundings)
    {
        var line = CommandLine.Read("check", arguments, []);
        IReadOnlyList<HostFault> asked = line.Words.Count == 0 ? HostFaults.All : [InjectVerb.Named(line.Words).Fault];
        var code = ExitCodes.Done;
        foreach (var fault in asked)
        {
            try
            {
                surroundings.Out.WriteLine($"{fault.Description.Name}: yes: {fault.Explain()}");
            }
            catch (AgentException missing)
            {
                surroundings.Out.WriteLine($"{fault.Description.Name}: no: {missing.Code} {missing.Message}");
                code = ExitCodes.Host;
            }
        }

        return code;
    }
}
