namespace Crater.Agent.Faults.Http;

/// <summary>Where a conversation puts what goes on, and what it wants done to the two connections.</summary>
internal interface IWire
{
    /// <summary>Timestamp of this moment, of <see cref="TimeProvider"/>.</summary>
    long Now { get; }

    void ToClient(ReadOnlySpan<byte> bytes);

    void ToServer(ReadOnlySpan<byte> bytes);

    /// <summary>Calls <see cref="Conversation.Wake"/> then.</summary>
    void WakeAt(long timestamp);

    /// <summary>Ends both connections when what was sent has left; the client's with a reset.</summary>
    void Cut();

    /// <summary>The client gets what was sent and an end, the server an end; whatever the client still says is not heard.</summary>
    void EndClient();
}

/// <summary>
/// What is said on one connection of a client and its twin to the server, in one protocol. It is handed bytes as they come and says how many it has dealt with; the
/// others are handed to it again, with more behind them. What it does not understand it passes on unchanged and never touches again: a proxy that guesses would
/// break what it should only disturb.
/// </summary>
internal abstract class Conversation(IWire wire)
{
    protected IWire Wire { get; } = wire;

    /// <summary>Who goes on from here, once this one has understood what it can; null as long as it is this one.</summary>
    public Conversation? Next { get; protected set; }

    /// <summary>For the moment the client's bytes are not wanted.</summary>
    public virtual bool HoldsClient => false;

    /// <summary>Nothing is under way: the connection could end here and nobody would miss an answer.</summary>
    public virtual bool IsIdle => false;

    /// <summary>Something of the client's is still to go to the server, so it is not told that nothing more comes.</summary>
    public virtual bool OwesServer => HoldsClient;

    /// <summary>Something is still to go to the client, so it is not told that nothing more comes.</summary>
    public virtual bool OwesClient => false;

    /// <returns>How many of the bytes have been dealt with.</returns>
    public abstract int FromClient(ReadOnlySpan<byte> bytes);

    /// <inheritdoc cref="FromClient"/>
    public abstract int FromServer(ReadOnlySpan<byte> bytes);

    /// <summary>The time that was asked for has come, or another one.</summary>
    public virtual void Wake()
    {
    }

    /// <summary>The fault is over: what is held goes on, and the client may be told to say its last.</summary>
    public virtual void LetGo()
    {
    }

    /// <summary>It is idle, and its connections are about to be ended.</summary>
    public virtual void Leave()
    {
    }
}

/// <summary>Everything passes.</summary>
internal sealed class Tunnel(IWire wire) : Conversation(wire)
{
    public override int FromClient(ReadOnlySpan<byte> bytes)
    {
        Wire.ToServer(bytes);
        return bytes.Length;
    }

    public override int FromServer(ReadOnlySpan<byte> bytes)
    {
        Wire.ToClient(bytes);
        return bytes.Length;
    }
}

/// <summary>The first bytes of a connection, by which its protocol is known.</summary>
internal sealed class Opening(IWire wire, HttpRule rule) : Conversation(wire)
{
    /// <summary>With which HTTP/2 begins where it is spoken without TLS (RFC 9113, section 3.4).</summary>
    public static ReadOnlySpan<byte> Preface => "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"u8;

    public override bool IsIdle => true;

    public override int FromClient(ReadOnlySpan<byte> bytes)
    {
        var count = Math.Min(bytes.Length, Preface.Length);
        if (!bytes[..count].SequenceEqual(Preface[..count]))
        {
            // TLS, and whatever else is not HTTP, is told by its first bytes there.
            Next = new Http1Conversation(Wire, rule);
        }
        else if (count == Preface.Length)
        {
            Next = new Http2Conversation(Wire, rule);
        }

        return 0;
    }

    /// <summary>A server that speaks first does not speak HTTP, but for one that begins HTTP/2 with its settings before it knows what the client speaks.</summary>
    public override int FromServer(ReadOnlySpan<byte> bytes)
    {
        Next = IsSettings(bytes) ? new Http2Conversation(Wire, rule) : new Tunnel(Wire);
        return 0;
    }

    private static bool IsSettings(ReadOnlySpan<byte> bytes) => bytes.Length >= Http2Frame.HeadBytes
        && bytes[0] == 0 && bytes[1] < 0x40 && bytes[3] == (byte)FrameType.Settings && !bytes[4..Http2Frame.HeadBytes].ContainsAnyExcept((byte)0);
}
