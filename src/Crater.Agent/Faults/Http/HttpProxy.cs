using Crater.Agent.Host;
using Crater.Agent.State;

namespace Crater.Agent.Faults.Http;

/// <summary>
/// The proxy of one injection: one thread of the keeper, inside the network namespace of the target. When it ends, the redirect goes first; what runs through it may finish
/// within the time given for that, and then it stops.
/// </summary>
internal sealed class HttpProxy : IDisposable, ICounting
{
    /// <summary>Three times within the time for which the redirect believes it.</summary>
    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(500);

    /// <summary>Connections at one time; more pass the proxy by.</summary>
    private const int RelaysMax = 4096;

    /// <summary>Descriptors that the keeper needs beside those of the connections.</summary>
    private const int Spare = 256;

    private const long EventTag = -1;
    private const long TimerTag = -2;
    private const long FirstListenerTag = -10;

    private readonly ushort _port;
    private readonly HttpRule _rule;
    private readonly TimeSpan _drain;
    private readonly Dictionary<long, Relay> _relays = [];
    private readonly HashSet<Endpoint> _own = [];
    private readonly Dictionary<long, Endpoint> _ownOf = [];
    private readonly List<Descriptor> _listeners = [];
    private readonly Descriptor _event = new(Libc.EventCreate(0, Libc.CloseOnExec | Libc.NonBlocking));
    private readonly Alarms _alarms = new();
    private readonly Thread _thread;
    private readonly ManualResetEventSlim _isReady = new();
    private HttpRedirect? _redirect;
    private Exception? _failure;
    private int _relaysMax = RelaysMax;
    private long _next = 1;
    private bool _isResting;
    private volatile bool _isOver;
    private volatile string? _tallyFile;
    private Tally _told;

    /// <summary>Returns when new connections are led to it, in the network namespace of the thread that calls: a thread begins where the one was that started it.</summary>
    /// <param name="table">Of nf_tables, for the redirect.</param>
    /// <exception cref="AgentException">CRT5634: it could not be started.</exception>
    /// <exception cref="HostException">The kernel lacks something, or does not permit it.</exception>
    public HttpProxy(string table, ushort port, HttpRule rule, TimeSpan drain)
    {
        (_port, _rule, _drain) = (port, rule, drain);
        _thread = new Thread(() => Run(table)) { IsBackground = true };
        _thread.Start();
        _isReady.Wait();
        if (_failure is not null)
        {
            Dispose();
            throw _failure;
        }
    }

    public Poller Poller { get; } = new();

    /// <summary>A head of the longest kind, and as much again, read at one time.</summary>
    public byte[] Scratch { get; } = new byte[2 * Http1Head.BytesMax];

    public void CountInto(string file)
    {
        // Nothing yet is a count as well.
        _told.Write(file);
        _tallyFile = file;
    }

    public void Schedule(Relay relay, long timestamp) => _alarms.Set(relay, timestamp);

    public void Forget(long id)
    {
        _relays.Remove(id);
        if (_ownOf.Remove(id, out var own))
        {
            _own.Remove(own);
        }
    }

    public void Dispose()
    {
        // First of all, and from this thread: even a loop that hangs leads nobody into it any more.
        _redirect?.Dispose();
        _rule.End();
        _isOver = true;
        _event.Write(BitConverter.GetBytes(1L));
        _ = _thread.Join(_drain + TimeSpan.FromSeconds(1));
    }

    private void Run(string table)
    {
        try
        {
            Begin(table);
        }
        catch (Exception e) when (e is HostException or AgentException)
        {
            _failure = e;
        }

        _isReady.Set();
        if (_failure is null)
        {
            Serve();
            Drain();
        }

        foreach (var relay in _relays.Values.ToList())
        {
            relay.Close(isReset: false);
        }

        Tell();
        _listeners.ForEach(listener => listener.Dispose());
        _alarms.Dispose();
        Poller.Dispose();
    }

    private void Begin(string table)
    {
        _relaysMax = Math.Min(RelaysMax, (Descriptor.RaiseLimit() - Spare) / 2);
        List<(int Family, ushort Port)> proxies = [];
        foreach (var family in new[] { Tcp.Family4, Tcp.Family6 })
        {
            if (Tcp.ListenForOthers(family) is { } listener)
            {
                _listeners.Add(listener.Socket);
                proxies.Add((family, listener.Port));
                Poller.Add(listener.Socket.Number, Poller.Readable, FirstListenerTag - _listeners.Count + 1);
            }
        }

        if (proxies.Count == 0)
        {
            throw new AgentException("CRT5634", ExitCodes.NotInjected, $"The proxy cannot listen there: the network namespace has no loopback interface that is up. Set it up first: ip link set lo up.");
        }

        Poller.Add(_event.Number, Poller.Readable, EventTag);
        Poller.Add(_alarms.Descriptor, Poller.Readable, TimerTag);
        _redirect = HttpRedirect.Begin(table, _port, proxies);
    }

    private void Serve()
    {
        var renewed = TimeProvider.System.GetTimestamp();
        while (!_isOver)
        {
            Turn();
            if (TimeProvider.System.GetElapsedTime(renewed) >= Tick)
            {
                renewed = TimeProvider.System.GetTimestamp();
                Renew();
            }
        }
    }

    /// <summary>Lets what is under way finish, and ends what is not; connections whose handshake was half done when the redirect went still come in.</summary>
    private void Drain()
    {
        var began = TimeProvider.System.GetTimestamp();
        foreach (var relay in _relays.Values.ToList())
        {
            relay.LetGo();
        }

        while (TimeProvider.System.GetElapsedTime(began) < _drain)
        {
            _listeners.ForEach(Accept);
            foreach (var relay in _relays.Values.ToList())
            {
                relay.Finish();
            }

            if (_relays.Count == 0 && !Ports.HasHalfOpen(_port))
            {
                return;
            }

            Turn();
        }
    }

    private void Turn()
    {
        var count = Poller.Wait(_isOver ? 20 : (int)Tick.TotalMilliseconds);
        for (var i = 0; i < count; i++)
        {
            var (tag, events) = Poller[i];
            if (tag > 0)
            {
                if (_relays.TryGetValue(tag / 2, out var relay))
                {
                    relay.Ready(isServer: tag % 2 != 0, events);
                }
            }
            else if (tag <= FirstListenerTag)
            {
                Accept(_listeners[(int)(FirstListenerTag - tag)]);
            }
            else if (tag == EventTag)
            {
                _event.Forget();
            }
        }

        _alarms.Ring();
    }

    private void Tell()
    {
        if (_tallyFile is { } file && _rule.Tally is var now && now != _told)
        {
            now.Write(file);
            _told = now;
        }
    }

    private void Renew()
    {
        Tell();
        if (_isResting && _relays.Count < _relaysMax * 9 / 10)
        {
            _isResting = false;
            for (var i = 0; i < _listeners.Count; i++)
            {
                Poller.Change(_listeners[i].Number, Poller.Readable, FirstListenerTag - i);
            }
        }

        if (!_isResting)
        {
            _redirect!.Renew();
        }
    }

    /// <summary>Fail-open: whoever connects from now on gets to the server directly.</summary>
    private void Rest(bool isDeaf)
    {
        _isResting = true;
        _redirect!.Rest();
        for (var i = 0; isDeaf && i < _listeners.Count; i++)
        {
            Poller.Change(_listeners[i].Number, 0, FirstListenerTag - i);
        }
    }

    private void Accept(Descriptor listener)
    {
        Span<byte> peer = stackalloc byte[Tcp.AddressBytes];
        Span<byte> own = stackalloc byte[Tcp.AddressBytes];
        int client;
        while ((client = Tcp.Accept(listener, peer)) >= 0)
        {
            own.Clear();
            Tcp.OwnAddress(client, own);
            if (_own.Contains(Endpoint.Of(peer)))
            {
                // Somebody took the mark off the proxy's own packets, and it is led to itself: it has no business here.
                Tcp.Reset(client);
                _redirect!.Dispose();
                continue;
            }

            // Somebody who found the proxy's own port meant nobody.
            var server = Tcp.Port(own) == _port ? Tcp.Connect(own, HttpRedirect.OwnPriority) : -1;
            if (server < 0)
            {
                Tcp.Reset(client);
                continue;
            }

            Tcp.OwnAddress(server, own);
            var (id, endpoint) = (_next++, Endpoint.Of(own));
            _own.Add(endpoint);
            _ownOf[id] = endpoint;
            _relays[id] = new Relay(this, id, client, server, _rule);
            if (_relays.Count >= _relaysMax && !_isResting)
            {
                Rest(isDeaf: false);
            }
        }

        if (Errno.Last is 23 or 24 /* ENFILE, EMFILE */)
        {
            Rest(isDeaf: true);
        }
    }
}
