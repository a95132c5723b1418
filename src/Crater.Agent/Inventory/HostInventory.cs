using System.Net;
using System.Net.NetworkInformation;
using System.Reflection;
using System.Text.Json.Nodes;
using Crater.Agent.Host;
using Crater.Agent.State;

namespace Crater.Agent.Inventory;

/// <summary>
/// What runs on this host, as the content of <c>GET /v1/host</c>: who craterd is, processes, containers, services of systemd, ports that are listened on, and connections. Reads /proc and
/// changes nothing. Of a command line it tells the program's name and a digest, never a word.
/// </summary>
internal static class HostInventory
{
    /// <param name="isWhole">False for craterd itself alone, which costs nothing to look up.</param>
    /// <exception cref="AgentException">CRT5700: its identity is damaged.</exception>
    public static JsonObject Read(StateFolder state, bool isWhole)
    {
        var identity = AgentIdentity.Of(state);
        var host = new JsonObject
        {
            ["agent"] = new JsonObject
            {
                ["id"] = identity.Id,
                ["boot"] = BootClock.System.Boot,
                ["version"] = typeof(HostInventory).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+')[0],
            },
            ["name"] = Environment.MachineName,
        };
        if (isWhole)
        {
            Look(host, identity);
        }

        return host;
    }

    private static void Look(JsonObject host, AgentIdentity identity)
    {
        var processes = SeenProcess.All();
        var sockets = SocketTable.Read();
        var owners = SocketTable.Owners(processes.Select(process => process.Stat.Pid), out var unseen);
        var listening = sockets.Where(socket => socket.IsListening).ToList();
        var ports = listening.Select(socket => socket.Local.Port).ToHashSet();
        host["kernel"] = File.ReadAllText("/proc/sys/kernel/osrelease").Trim();
        host["cores"] = Environment.ProcessorCount;
        host["memoryBytes"] = MemoryState.OfHost().Total;
        host["addresses"] = Array(Addresses().Select(address => (JsonNode)address));
        host["processes"] = Array(processes.Select(process => Json(process, identity)));
        host["containers"] = Array(SeenContainer.Among(processes).Select(Json));
        host["units"] = Array(processes.Where(process => process.Unit.Length > 0).GroupBy(process => process.Unit).OrderBy(unit => unit.Key, StringComparer.Ordinal).Select(Json));
        host["listening"] = Array(listening.Select(socket => Json(socket, owners)));
        // What came in through a port that is listened on was opened by the other side.
        host["connections"] = Array(sockets.Where(socket => !socket.IsListening && !ports.Contains(socket.Local.Port)).Select(socket => Json(socket, owners)));
        host["unseenProcesses"] = unseen;
    }

    /// <summary>The addresses of this network namespace by which others can reach it.</summary>
    private static IEnumerable<string> Addresses() => NetworkInterface.GetAllNetworkInterfaces()
        .SelectMany(card => card.GetIPProperties().UnicastAddresses).Select(address => address.Address)
        .Where(address => !IPAddress.IsLoopback(address) && !address.IsIPv6LinkLocal).Select(address => address.ToString()).Distinct().Order(StringComparer.Ordinal);

    private static JsonObject Json(SeenProcess process, AgentIdentity identity) => new()
    {
        ["pid"] = process.Stat.Pid,
        ["start"] = process.Stat.StartTicks,
        ["parent"] = process.Stat.Parent,
        ["name"] = process.Name,
        ["isStopped"] = process.Stat.IsStopped,
        ["unit"] = process.Unit,
        ["argumentsDigest"] = identity.Digest(string.Join('\0', process.Words)),
    };

    private static JsonObject Json(SeenContainer container) => new()
    {
        ["id"] = container.Id,
        ["runtime"] = container.Runtime,
        ["name"] = container.Name,
        ["pids"] = Array(container.Processes.Select(process => (JsonNode)process.Stat.Pid)),
    };

    private static JsonObject Json(IGrouping<string, SeenProcess> unit) => new()
    {
        ["name"] = unit.Key,
        ["restart"] = UnitFile.Restart(unit.Key),
        ["pids"] = Array(unit.Select(process => (JsonNode)process.Stat.Pid)),
    };

    private static JsonObject Json(SeenSocket socket, ILookup<long, int> owners)
    {
        var json = new JsonObject
        {
            ["protocol"] = "tcp",
            ["address"] = (socket.IsListening ? socket.Local : socket.Remote).Address.ToString(),
            ["port"] = (socket.IsListening ? socket.Local : socket.Remote).Port,
            ["pids"] = Array(owners[socket.Inode].Select(pid => (JsonNode)pid)),
        };
        return json;
    }

    private static JsonArray Array(IEnumerable<JsonNode> nodes) => new([.. nodes]);
}
