using System.Buffers.Binary;
using System.Text;
using Crater.Agent.Faults.Http;
using Xunit;

namespace Crater.Tests.Agent;

/// <summary>What the proxy of HTTP faults does with HTTP/2: nothing at all until a request is hit, and then nothing that either end could object to.</summary>
public sealed class Http2Tests
{
    private static readonly TimeSpan Later = TimeSpan.FromSeconds(1);

    [Fact]
    public void What_is_not_hit_passes_byte_by_byte_however_it_is_cut()
    {
        for (var seed = 0; seed < 200; seed++)
        {
            var dice = new Random(seed);
            var (client, server) = (Session(dice, isClient: true), Session(dice, isClient: false));
            var wire = new Http2Wire(Rule(HttpAct.Answer));
            Feed(dice, client, server, wire);

            Assert.False(wire.IsTunnel);
            Assert.Equal(client, wire.ToServerBytes);
            Assert.Equal(server, wire.ToClientBytes);
        }
    }

    /// <summary>Goal: whatever goes wrong on a connection where nothing was hit, it is not the proxy's doing. Method: random bytes are changed; all of them arrive as they were sent.</summary>
    [Fact]
    public void What_is_not_understood_passes_unchanged()
    {
        var tunnels = 0;
        for (var seed = 0; seed < 1_000; seed++)
        {
            var dice = new Random(seed);
            var (client, server) = (Session(dice, isClient: true), Session(dice, isClient: false));
            var changed = dice.Next(2) == 0 ? client : server;
            changed[dice.Next(Opening.Preface.Length, Math.Min(2_000, changed.Length))] ^= (byte)(1 << dice.Next(8));
            var wire = new Http2Wire(Rule(HttpAct.Replace));
            Feed(dice, client, server, wire);

            Assert.False(wire.IsCut);
            Assert.True(client.AsSpan().SequenceEqual([.. wire.ToServerBytes, .. wire.Left.Client]), $"seed {seed}: the client was not passed on as it was");
            Assert.True(server.AsSpan().SequenceEqual([.. wire.ToClientBytes, .. wire.Left.Server]), $"seed {seed}: the server was not passed on as it was");
            tunnels += wire.IsTunnel ? 1 : 0;
        }

        Assert.InRange(tunnels, 10, 999);
    }

    [Fact]
    public void Nobody_is_answered_before_the_server_has_spoken_and_answered_the_settings()
    {
        var wire = new Http2Wire(Rule(HttpAct.Answer));
        var (client, server) = (new Http2Peer(isClient: true, new Random(1)), new Http2Peer(isClient: false, new Random(2)));
        client.Begin();
        client.Say(1, Request("/hit"), 0);
        wire.FromClient(Take(client));
        Assert.Empty(wire.ToClientBytes);

        server.Begin();
        wire.FromServer(Take(server));
        client.Hear(Taken(wire.ToClientBytes));
        Assert.Empty(client.Talks[1].Heard);

        server.Hear(Taken(wire.ToServerBytes));
        wire.FromServer(Take(server));
        client.Hear(Taken(wire.ToClientBytes));
        Assert.Equal(":status=503 False", client.Talks[1].Heard[0]);
        Assert.Empty(server.Talks);
    }

    /// <summary>
    /// Goal: requests that are hit get what was asked for, all others get the server's answer, and no end sees anything that it could object to. Method: two ends that count windows,
    /// streams and tables, random requests with bodies both ways, heads that refer to earlier ones, bytes that arrive in any pieces.
    /// </summary>
    [Theory]
    [InlineData((int)HttpAct.Delay)]
    [InlineData((int)HttpAct.Abort)]
    [InlineData((int)HttpAct.Answer)]
    [InlineData((int)HttpAct.Replace)]
    public void Requests_that_are_hit_and_their_neighbours_get_what_they_should(int act)
    {
        for (var seed = 0; seed < 60; seed++)
        {
            var dice = new Random(seed);
            var rule = Rule((HttpAct)act, new byte[dice.Next(3) * 40_000]);
            var world = new World(dice, rule);
            world.Run(requests: 30);

            foreach (var (path, body, talk) in world.Asked)
            {
                var isHit = path.StartsWith("/hit", StringComparison.Ordinal);
                var status = isHit && rule.Act == HttpAct.Answer ? "503" : "200";
                if (isHit && rule.Act == HttpAct.Abort)
                {
                    Assert.Equal(Http2Frame.InternalError, talk.Reset);
                    continue;
                }

                Assert.Equal((seed, $":status={status} False", true, null), (seed, talk.Heard[0], talk.HasHeardEnd, talk.Reset));
                Assert.Equal(isHit && rule.Act is HttpAct.Answer or HttpAct.Replace && isHit ? rule.Body.Length : World.AnswerTo(path), talk.HeardBytes);
            }

            var isSeen = rule.Act is HttpAct.Delay or HttpAct.Replace;
            Assert.Equal(world.Asked.Where(asked => isSeen || !asked.Path.StartsWith("/hit", StringComparison.Ordinal)).Select(asked => (asked.Path, asked.Body)).Order(),
                world.Server.Talks.Values.Select(talk => (talk.Path, talk.HeardBytes)).Order());

            // All that was sent has arrived or was given back; what the client allowed the server knows, but for what it owes.
            Assert.Equal(world.Server.Granted, world.Client.SendRoom);
            Assert.True(world.Server.SendRoom >= world.Client.Granted);
        }
    }

    [Fact]
    public void A_request_that_is_held_comes_under_a_number_of_its_own_and_its_answer_under_the_clients()
    {
        var world = new World(new Random(5), Rule(HttpAct.Delay));
        world.Client.Say(1, Request("/hit"), 0);
        world.Client.Say(3, Request("/a"), 0);
        world.Settle();
        Assert.Equal([3], world.Server.Talks.Keys);

        world.Wire.Pass(Later);
        world.Settle();
        Assert.Equal([3, 5], world.Server.Talks.Keys);
        Assert.Equal("/hit", world.Server.Talks[5].Path);
        Assert.True(world.Client.Talks[1].HasHeardEnd && world.Client.Talks[3].HasHeardEnd);
    }

    [Fact]
    public void A_server_that_leaves_takes_no_more_and_what_is_held_is_refused()
    {
        var world = new World(new Random(6), Rule(HttpAct.Delay));
        world.Client.Say(1, Request("/hit"), 0);
        world.Client.Say(3, Request("/a"), 0);
        world.Settle();

        Http2Frame.WriteGoAway(world.Server.Out, 3, Http2Frame.NoError);
        world.Settle();
        world.Wire.Pass(Later);
        world.Settle();
        Assert.Equal((Http2Frame.Refused, true), (world.Client.Talks[1].Reset, world.Client.Talks[3].HasHeardEnd));
        Assert.Equal([3], world.Server.Talks.Keys);
    }

    [Fact]
    public void When_the_fault_is_over_the_client_is_asked_to_begin_nothing_more_and_the_connection_may_end_when_it_has_heard()
    {
        var rule = Rule(HttpAct.Delay);
        var world = new World(new Random(7), rule);
        world.Client.Say(1, Request("/hit"), 0);
        world.Settle();
        rule.End();
        world.Wire.LetGo();
        Assert.False(world.Wire.IsIdle);

        var said = world.Wire.ToClientBytes.ToArray();
        Assert.Equal((byte)FrameType.GoAway, said[3]);
        Assert.Equal(int.MaxValue, BinaryPrimitives.ReadInt32BigEndian(said.AsSpan(9)));
        Assert.Equal((byte)FrameType.Ping, said[17 + 3]);
        world.Settle();
        Assert.True(world.Client.Talks[1].HasHeardEnd);
        Assert.False(world.Wire.IsIdle);
        Http2Frame.Write(world.Client.Out, FrameType.Ping, Http2Frame.IsAnswer, 0, said.AsSpan(17 + 9, 8));
        world.Settle();
        Assert.True(world.Wire.IsIdle);
    }

    internal static List<HeaderField> Request(string path, Random? dice = null) =>
    [
        .. new[] { (":method", "GET"), (":scheme", "http"), (":path", path), (":authority", "host") }.Select(field => new HeaderField(Encoding.ASCII.GetBytes(field.Item1), Encoding.ASCII.GetBytes(field.Item2))),
        .. Enumerable.Range(0, dice?.Next(6) ?? 0).Select(_ => Scribe.Field(dice!)).Where(field => field.Name[0] != ':'),
    ];

    internal static byte[] Take(Http2Peer peer)
    {
        var bytes = peer.Out.Bytes.ToArray();
        peer.Out.Clear();
        return bytes;
    }

    internal static byte[] Taken(List<byte> bytes)
    {
        byte[] taken = [.. bytes];
        bytes.Clear();
        return taken;
    }

    private static HttpRule Rule(HttpAct act, byte[]? body = null) => new(act, [], new Pattern("/hit*"), null, 100, Later / 2, TimeSpan.Zero, 503, body ?? [], [], Seed: 1);

    /// <summary>What one end might say, none of it about a request that is hit.</summary>
    private static byte[] Session(Random dice, bool isClient)
    {
        var peer = new Http2Peer(isClient, dice);
        peer.Begin();
        for (var stream = 1; stream < 20; stream += 2)
        {
            peer.Say(stream, isClient ? Request("/a", dice) : [new(":status"u8.ToArray(), "200"u8.ToArray())], dice.Next(2) * 3_000);
            peer.Go();
            Http2Frame.Write(peer.Out, FrameType.Ping, 0, 0, "12345678"u8);
            Http2Frame.Write(peer.Out, (FrameType)dice.Next(10, 100), 0, dice.Next(2) * stream, "unknown"u8);
            Http2Frame.WriteNumber(peer.Out, FrameType.Window, dice.Next(2) * stream, 1 + (uint)dice.Next(1000));
            Http2Frame.Write(peer.Out, FrameType.Priority, 0, stream + 40, [0, 0, 0, 0, 1]);
            if (dice.Next(4) == 0)
            {
                Http2Frame.WriteNumber(peer.Out, FrameType.Reset, stream, 8);
            }
        }

        return Take(peer);
    }

    private static void Feed(Random dice, byte[] client, byte[] server, Http2Wire wire)
    {
        // A server's first bytes alone might be anybody's.
        var (fromClient, fromServer) = (Opening.Preface.Length, 0);
        wire.FromClient(client.AsSpan(0, fromClient));
        while (fromClient < client.Length || fromServer < server.Length)
        {
            var (more, moreServer) = (Math.Min(dice.Next(1, 400), client.Length - fromClient), Math.Min(dice.Next(0, 400), server.Length - fromServer));
            wire.FromClient(client.AsSpan(fromClient, more));
            wire.FromServer(server.AsSpan(fromServer, moreServer));
            (fromClient, fromServer) = (fromClient + more, fromServer + moreServer);
        }
    }
}
