using System.Globalization;
using Crater.Agent.Host;
using Crater.Agent.State;

namespace Crater.Agent.Faults;

/// <summary>Takes a port, with a socket of the keeper.</summary>
internal sealed unsafe class PortOccupy : HeldFault
{
    private const int InternetFamily = 2;
    private const int Internet6Family = 10;

    public override FaultDescription Description { get; } = new()
    {
        Name = "port-occupy",
        Family = "network",
        Summary = "Takes a port, so that no program can listen on it.",
        Mechanism = "A socket of the keeper, bound to the port on every address, and listening without ever accepting (tcp).",
        Ending = "Dies with its keeper. With --recover-cmd a program of yours is started afterwards, and its result counts.",
        Cannot = "It cannot take a port that somebody listens on; end that one first (process-kill). Callers of a tcp port are connected and hear nothing.",
        Parameters =
        [
            new("port", ParameterType.Integer, "The port.") { Short = 'p', Min = 1, Max = 65535, IsRequired = true },
            new("protocol", ParameterType.Choice, "Its protocol.") { Short = 'P', Choices = ["tcp", "udp", "tcp6", "udp6"], Default = "tcp" },
            RecoveryProgram.Parameter,
        ],
        Aliases = ["network-occupy"],
    };

    public override string Capability => "CAP_NET_BIND_SERVICE (ports below 1024)";

    protected override bool IsOfNetwork => true;

    public override IReadOnlyList<string> Wants(FaultRequest request) => [$"port:{request.Place?.Network}{request.Text("protocol")}/{request.Text("port")}"];

    public override Preparation Prepare(FaultRequest request)
    {
        var (protocol, port) = (request.Text("protocol"), request.Text("port"));
        if (Ports.Sockets(protocol, (int)request.Number("port"), request.Place?.Process.Pid) is { Count: > 0 } taken)
        {
            var owner = Ports.Owner(taken) is { } stat ? $"process {stat.Pid} ({stat.Name})" : "a process that cannot be seen from here";
            throw new AgentException("CRT5590", ExitCodes.Host, $"{protocol} port {port} is taken by {owner}. End that one first, or choose another port.");
        }

        Dictionary<string, string> undo = new() { ["protocol"] = protocol, ["port"] = port };
        RecoveryProgram.Capture(request, undo);
        return new Preparation(undo, Wants(request), Description.Mechanism);
    }

    public override IDisposable Inject(FaultRequest request, UndoData undo)
    {
        var protocol = undo["protocol"];
        var isTcp = protocol.StartsWith("tcp", StringComparison.Ordinal);
        var family = protocol.EndsWith('6') ? Internet6Family : InternetFamily;
        var number = Libc.Socket(family, (isTcp ? 1 : 2) | Libc.CloseOnExec, 0);
        var socket = number >= 0 ? new Descriptor(number) : throw new HostException($"No {protocol} socket could be made", Errno.Last);
        try
        {
            Bind(socket, family, (ushort)undo.Number("port"), isTcp);
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    public override void Recover(UndoData undo)
    {
        if (Look(undo) == Presence.Absent)
        {
            RecoveryProgram.Run(undo);
        }
    }

    public override string LookWith(UndoData undo) => $"{(undo.Place is { } place ? $"nsenter --net={place.NetworkPath} " : "")}ss -lnp sport = :{undo["port"]}";

    protected override bool? IsHeldBy(ProcessIdentity holder, UndoData undo) => Ports.Has(holder, Ports.Sockets(undo["protocol"], (int)undo.Number("port"), holder.Pid));

    private static void Bind(Descriptor socket, int family, ushort port, bool isTcp)
    {
        var one = 1;
        if (isTcp)
        {
            // Connections that are still closing keep a port for a minute; they are no owner.
            _ = Libc.SocketOption(socket.Number, 1 /* SOL_SOCKET */, 2 /* SO_REUSEADDR */, &one, sizeof(int));
        }

        if (family == Internet6Family)
        {
            _ = Libc.SocketOption(socket.Number, 41 /* IPPROTO_IPV6 */, 26 /* IPV6_V6ONLY */, &one, sizeof(int));
        }

        // sockaddr_in and sockaddr_in6 begin alike, and every address is zeros.
        var address = stackalloc byte[28];
        new Span<byte>(address, 28).Clear();
        *(ushort*)address = (ushort)family;
        address[2] = (byte)(port >> 8);
        address[3] = (byte)port;
        if (Libc.Bind(socket.Number, address, family == Internet6Family ? 28u : 16u) != 0 || (isTcp && Libc.Listen(socket.Number, 1) != 0))
        {
            throw new HostException(string.Create(CultureInfo.InvariantCulture, $"Port {port} could not be taken"), Errno.Last);
        }
    }
}
