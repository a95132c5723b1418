using Crater.Agent.Host;

namespace Crater.Agent.Faults.Http;

/// <summary>One side's socket, and what could not be sent on it yet. While there is something, nothing more is read from the other side, so it stays small.</summary>
internal sealed unsafe class Outlet(int socket)
{
    private byte[] _waiting = [];
    private int _from;
    private int _to;
    private bool _endsWhenFlushed;

    public int Socket { get; } = socket;

    public bool IsClogged => _to > _from;

    /// <summary>How many bytes could not be sent yet.</summary>
    public int Waiting => _to - _from;

    public bool IsBroken { get; private set; }

    /// <summary>The other side has been told that nothing more comes.</summary>
    public bool HasEnded { get; private set; }

    public void Write(ReadOnlySpan<byte> bytes)
    {
        if (bytes.IsEmpty || IsBroken || HasEnded || _endsWhenFlushed)
        {
            return;
        }

        var sent = IsClogged ? 0 : Send(bytes);
        if (sent < bytes.Length)
        {
            Keep(bytes[sent..]);
        }
    }

    public void Flush()
    {
        if (IsClogged)
        {
            _from += Send(_waiting.AsSpan(_from.._to));
        }

        if (!IsClogged)
        {
            (_waiting, _from, _to) = ([], 0, 0);
            if (_endsWhenFlushed && !HasEnded)
            {
                HasEnded = true;
                _ = Libc.Shutdown(Socket, Libc.ShutWrite);
            }
        }
    }

    /// <summary>Tells the other side that nothing more comes, once everything has been sent.</summary>
    public void End()
    {
        _endsWhenFlushed = true;
        Flush();
    }

    private int Send(ReadOnlySpan<byte> bytes)
    {
        fixed (byte* start = bytes)
        {
            var count = Libc.Send(Socket, start, (nuint)bytes.Length, Libc.NoSignal | Libc.NoWait);
            if (count >= 0)
            {
                return (int)count;
            }

            IsBroken |= Errno.Last is not (Errno.Again or Errno.Interrupted);
            return 0;
        }
    }

    private void Keep(ReadOnlySpan<byte> bytes)
    {
        if (_to + bytes.Length > _waiting.Length)
        {
            var larger = new byte[Math.Max(16 * 1024, _to - _from + bytes.Length)];
            _waiting.AsSpan(_from.._to).CopyTo(larger);
            (_waiting, _from, _to) = (larger, 0, _to - _from);
        }

        bytes.CopyTo(_waiting.AsSpan(_to));
        _to += bytes.Length;
    }
}
