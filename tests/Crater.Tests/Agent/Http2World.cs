using Crater.Agent.Faults.Http;
using Xunit;

namespace Crater.Tests.Agent;

/// <summary>A client, a server that answers what it is asked, and the proxy between them.</summary>
internal sealed class World
{
    private readonly Random _dice;

    public World(Random dice, HttpRule rule)
    {
        _dice = dice;
        Wire = new Http2Wire(rule);
        (Client, Server) = (new Http2Peer(isClient: true, dice), new Http2Peer(isClient: false, dice));
        Client.Begin();
        Server.Begin();
    }

    public Http2Wire Wire { get; }

    public Http2Peer Client { get; }

    public Http2Peer Server { get; }

    public List<(string Path, int Body, Http2Peer.Talk Talk)> Asked { get; } = [];

    /// <summary>How long the server's answer is.</summary>
    public static int AnswerTo(string path) => path.Sum(letter => letter) * 37 % 30_000;

    public void Run(int requests)
    {
        for (var stream = 1; stream < requests * 2; stream += 2)
        {
            var (path, body) = ($"/{(_dice.Next(3) == 0 ? "hit" : "a")}{stream}", _dice.Next(2) * _dice.Next(50_000));
            Client.Say(stream, Http2Tests.Request(path, _dice), body);
            Asked.Add((path, body, Client.Talks[stream]));
            for (var step = _dice.Next(6); step > 0; step--)
            {
                Step();
            }
        }

        Settle();
        for (var round = 0; round < 20; round++)
        {
            Wire.Pass(TimeSpan.FromMilliseconds(100));
            Settle();
        }
    }

    /// <summary>Until nobody has anything more to say.</summary>
    public void Settle()
    {
        for (var quiet = 0; quiet < 3;)
        {
            quiet = Step() ? 0 : quiet + 1;
        }
    }

    private bool Step()
    {
        Client.Go();
        Server.Go();
        var (client, server) = (Http2Tests.Take(Client), Http2Tests.Take(Server));
        foreach (var piece in client.Chunk(_dice.Next(1, 20_000)))
        {
            Wire.FromClient(piece);
        }

        foreach (var piece in server.Chunk(_dice.Next(1, 20_000)))
        {
            Wire.FromServer(piece);
        }

        Assert.False(Wire.IsCut || Wire.IsTunnel, "the proxy has lost its way");
        var (toClient, toServer) = (Http2Tests.Taken(Wire.ToClientBytes), Http2Tests.Taken(Wire.ToServerBytes));
        Client.Hear(toClient);
        foreach (var stream in Server.Hear(toServer))
        {
            Server.Say(stream, [new(":status"u8.ToArray(), "200"u8.ToArray()), .. Http2Tests.Request("/", _dice).Skip(4)], AnswerTo(Server.Talks[stream].Path));
        }

        return client.Length + server.Length + toClient.Length + toServer.Length > 0;
    }
}
