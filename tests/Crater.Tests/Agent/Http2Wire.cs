using Crater.Agent.Faults.Http;

namespace Crater.Tests.Agent;

/// <summary>A conversation between two ends in memory, with a clock that the test sets.</summary>
internal sealed class Http2Wire : IWire
{
    private readonly List<long> _alarms = [];
    private Conversation _talk;
    private byte[] _client = [];
    private byte[] _server = [];

    public Http2Wire(HttpRule rule) => _talk = new Opening(this, rule);

    public List<byte> ToClientBytes { get; } = [];

    public List<byte> ToServerBytes { get; } = [];

    public bool IsCut { get; private set; }

    public bool IsTunnel => _talk is Tunnel;

    public bool IsIdle => _talk.IsIdle;

    public long Now { get; private set; }

    /// <summary>What was said and not dealt with.</summary>
    public (byte[] Client, byte[] Server) Left => (_client, _server);

    public void ToClient(ReadOnlySpan<byte> bytes) => ToClientBytes.AddRange(bytes);

    public void ToServer(ReadOnlySpan<byte> bytes) => ToServerBytes.AddRange(bytes);

    public void WakeAt(long timestamp) => _alarms.Add(timestamp);

    public void Cut() => IsCut = true;

    public void EndClient()
    {
    }

    public void LetGo() => _talk.LetGo();

    public void FromClient(ReadOnlySpan<byte> bytes)
    {
        _client = [.. _client, .. bytes];
        Settle();
    }

    public void FromServer(ReadOnlySpan<byte> bytes)
    {
        _server = [.. _server, .. bytes];
        Settle();
    }

    public void Pass(TimeSpan time)
    {
        Now += (long)(time.TotalSeconds * TimeProvider.System.TimestampFrequency);
        if (_alarms.RemoveAll(alarm => alarm <= Now) > 0)
        {
            _talk.Wake();
            Settle();
        }
    }

    private void Settle()
    {
        for (var isDone = false; !isDone;)
        {
            isDone = !Feed(ref _client, isServer: false) & !Feed(ref _server, isServer: true);
        }
    }

    private bool Feed(ref byte[] bytes, bool isServer)
    {
        if (bytes.Length == 0 || (!isServer && _talk.HoldsClient))
        {
            return false;
        }

        var before = _talk;
        var count = isServer ? _talk.FromServer(bytes) : _talk.FromClient(bytes);
        bytes = bytes[count..];
        _talk = _talk.Next ?? _talk;
        return count > 0 || _talk != before;
    }
}
