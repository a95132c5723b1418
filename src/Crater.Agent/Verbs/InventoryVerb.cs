using System.Text.Json.Nodes;
using Crater.Agent.Inventory;

namespace Crater.Agent.Verbs;

/// <summary><c>craterd inventory</c>: what runs on this host, as craterctl gets to see it.</summary>
internal static class InventoryVerb
{
    public static int Run(IReadOnlyList<string> arguments, Surroundings surroundings)
    {
        var line = CommandLine.Read("inventory", arguments, [new("json", IsFlag: true)]);
        var host = HostInventory.Read(surroundings.State, isWhole: true);
        if (line.Flag("json"))
        {
            surroundings.Out.WriteLine(host.ToJsonString());
            return ExitCodes.Done;
        }

        surroundings.Out.WriteLine($"{host["name"]}: craterd {host["agent"]!["id"]}, kernel {host["kernel"]}, addresses {string.Join(", ", host["addresses"]!.AsArray().Select(address => address!.ToString()))}");
        var ports = host["listening"]!.AsArray().SelectMany(socket => socket!["pids"]!.AsArray().Select(pid => (Pid: (int)pid!, Port: socket["port"]!.ToString()))).ToLookup(pair => pair.Pid, pair => pair.Port);
        var peers = host["connections"]!.AsArray().SelectMany(socket => socket!["pids"]!.AsArray().Select(pid => (Pid: (int)pid!, Peer: $"{socket["address"]}:{socket["port"]}"))).ToLookup(pair => pair.Pid, pair => pair.Peer);
        TextTable.Write(surroundings.Out, ["PID", "PROGRAM", "UNIT", "LISTENS", "CALLS"],
        [
            .. host["processes"]!.AsArray().OfType<JsonObject>().Select(process => (IReadOnlyList<string>)
            [
                process["pid"]!.ToString(), process["name"]!.ToString(), process["unit"]!.ToString(),
                string.Join(',', ports[(int)process["pid"]!].Distinct()), string.Join(',', peers[(int)process["pid"]!].Distinct()),
            ]),
        ]);
        return ExitCodes.Done;
    }
}
