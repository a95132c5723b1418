using System.Globalization;
using System.Net.Sockets;
using System.Text;

namespace Crater.Agent.Serving;

/// <summary>
/// Tells systemd how it is (sd_notify(3), sd_watchdog_enabled(3)): that it serves, that it is alive, and that it ends. Where nobody has asked for it by NOTIFY_SOCKET, nothing is told. What cannot be told changes
/// nothing: whoever watches draws the conclusion.
/// </summary>
internal sealed class ServiceManager : IDisposable
{
    private readonly Socket? _socket;
    private readonly UnixDomainSocketEndPoint? _manager;
    private readonly ITimer? _watchdog;

    /// <param name="variable">Reads the environment.</param>
    public ServiceManager(Func<string, string?> variable)
    {
        // Abstract names are written with an @, and begin with a zero byte.
        if (variable("NOTIFY_SOCKET") is not { Length: > 1 } path || path[0] is not ('/' or '@'))
        {
            return;
        }

        _manager = new UnixDomainSocketEndPoint(path[0] == '@' ? '\0' + path[1..] : path);
        _socket = new Socket(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified) { Blocking = false };
        if (long.TryParse(variable("WATCHDOG_USEC"), NumberStyles.None, CultureInfo.InvariantCulture, out var microseconds) && microseconds > 0
            && (variable("WATCHDOG_PID") is not { Length: > 0 } pid || pid == Environment.ProcessId.ToString(CultureInfo.InvariantCulture)))
        {
            // On the threads that answer calls: where these are stuck, nothing is told, and the service is started anew. Keepers do not notice.
            var half = TimeSpan.FromMicroseconds(microseconds / 2);
            _watchdog = TimeProvider.System.CreateTimer(_ => Tell("WATCHDOG=1"), null, half, half);
        }
    }

    /// <summary>It listens.</summary>
    public void Ready(string status) => Tell($"READY=1\nSTATUS={status}");

    /// <summary>It was asked to end.</summary>
    public void Stopping() => Tell("STOPPING=1");

    public void Dispose()
    {
        _watchdog?.Dispose();
        _socket?.Dispose();
    }

    private void Tell(string words)
    {
        try
        {
            _socket?.SendTo(Encoding.UTF8.GetBytes(words), _manager!);
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // Nobody listens, or not now.
        }
    }
}
