namespace Crater.Agent.Faults.Http;

/// <summary>One request in HTTP/2 and its answer. The two connections may know it by different numbers: one that was held comes to the server after others that the client sent later.</summary>
internal sealed class Http2Stream(int client)
{
    /// <summary>Its number on the client's connection.</summary>
    public int Client { get; } = client;

    /// <summary>Its number on the server's connection; 0 while, or because, the server knows nothing of it.</summary>
    public int Server { get; set; }

    public bool IsHead { get; init; }

    /// <summary>Its answer gets another body, if it has one.</summary>
    public bool IsReplaced { get; set; }

    /// <summary>The client gets an answer, or its body, from here; what the server says on it goes nowhere.</summary>
    public bool IsOurs { get; set; }

    /// <summary>The client has said all it had to say.</summary>
    public bool HasClientEnded { get; set; }

    /// <summary>Nothing more comes from the server.</summary>
    public bool HasServerEnded { get; set; }

    /// <summary>Nobody asks after it any more.</summary>
    public bool IsGone { get; set; }

    /// <summary>What came from the client while the request is held, its head first; null when it is not.</summary>
    public List<HeldFrame>? Held { get; set; }

    /// <summary>What of its body was swallowed before the client could be told so.</summary>
    public uint Swallowed { get; set; }

    /// <summary>The body that goes to the client from here.</summary>
    public byte[] Body { get; set; } = [];

    /// <summary>How much of it has gone.</summary>
    public int Sent { get; set; }

    /// <summary>What the client has allowed for it beyond what it allows each stream at first.</summary>
    public long Granted { get; set; }

    /// <summary>The server broke it off with this; the client learns it behind the body.</summary>
    public uint? ResetAfter { get; set; }

    public bool IsWritten => Sent == Body.Length;

    public bool IsOver => HasClientEnded && HasServerEnded && IsWritten;
}

/// <summary>A frame of the client's that waits.</summary>
/// <param name="Fields">Of a head; null for every other frame.</param>
internal readonly record struct HeldFrame(FrameType Type, byte Flags, byte[] Content, List<HeaderField>? Fields)
{
    /// <summary>What it takes to keep it, about.</summary>
    public int Size => Content.Length + (Fields?.Sum(one => one.Size) ?? 0);
}
