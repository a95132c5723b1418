using System.Net;
using System.Net.Sockets;
using Crater.Diagnostics;

namespace Crater.Lab.Network;

/// <summary>
/// The loopback addresses of one lab: <c>127.B.0.0/16</c> for a B that no other lab on this machine has. Nodes are 127.B.0.n, services
/// 127.B.254.n, pods all between.
/// </summary>
internal sealed class AddressBlock : IDisposable
{
    /// <summary>Listening on this port of the block's last address is the claim to the block; the kernel gives it back when the lab dies.</summary>
    private const int ClaimPort = 47_047;

    private const int PodFoldersMax = 250;

    private readonly Lock _gate = new();
    private readonly Socket _claim;
    private readonly byte _second;
    private readonly HashSet<int> _taken = [];
    private int _next;
    private int _services;

    private AddressBlock(Socket claim, byte second) => (_claim, _second) = (claim, second);

    /// <summary>Claims a free block; <paramref name="dice"/> says where to begin to look.</summary>
    /// <exception cref="CraterException">CRT6504: no block is free.</exception>
    public static AddressBlock Claim(Random dice)
    {
        const int First = 16;
        const int Count = 238;
        var start = dice.Next(Count);
        for (var i = 0; i < Count; i++)
        {
            var second = (byte)(First + ((start + i) % Count));
            var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            try
            {
                socket.Bind(new IPEndPoint(new IPAddress([127, second, 255, 254]), ClaimPort));
                socket.Listen(1);
                return new AddressBlock(socket, second);
            }
            catch (SocketException)
            {
                socket.Dispose();
            }
        }

        throw new CraterException("CRT6504", $"None of the {Count} loopback address blocks is free; stop a lab with 'craterctl lab down'.");
    }

    /// <summary>An address no living pod has; the one that was free longest.</summary>
    public string TakePod()
    {
        lock (_gate)
        {
            for (var tries = 0; tries < PodFoldersMax * PodFoldersMax; tries++)
            {
                var number = _next;
                _next = (_next + 1) % (PodFoldersMax * PodFoldersMax);
                if (_taken.Add(number))
                {
                    return $"127.{_second}.{1 + (number / PodFoldersMax)}.{1 + (number % PodFoldersMax)}";
                }
            }
        }

        throw new CraterException("CRT6505", $"All {PodFoldersMax * PodFoldersMax} pod addresses of the lab are taken.");
    }

    public void GiveBackPod(string address)
    {
        var parts = IPAddress.Parse(address).GetAddressBytes();
        lock (_gate)
        {
            _taken.Remove(((parts[2] - 1) * PodFoldersMax) + parts[3] - 1);
        }
    }

    /// <summary>The next service's address; after 250 services they are shared, which the free choice of ports allows.</summary>
    public IPAddress NextService()
    {
        lock (_gate)
        {
            return new IPAddress([127, _second, 254, (byte)(1 + (_services++ % 250))]);
        }
    }

    public string Node(int number) => $"127.{_second}.0.{number}";

    public void Dispose() => _claim.Dispose();
}
