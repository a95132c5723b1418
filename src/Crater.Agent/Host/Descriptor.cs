using System.Text;

namespace Crater.Agent.Host;

/// <summary>A file descriptor that is closed by Dispose, and never handed to a child by accident.</summary>
internal sealed unsafe class Descriptor(int number) : IDisposable
{
    public int Number { get; } = number;

    /// <exception cref="HostException">The kernel said no.</exception>
    public static Descriptor Open(string path, int flags, uint mode = 0)
    {
        var number = Libc.Open(path, flags | Libc.CloseOnExec, mode);
        return number >= 0 ? new Descriptor(number) : throw new HostException($"{path} could not be opened", Errno.Last);
    }

    /// <summary>Writes one value into a file of the kernel's, which is there already and takes it in one piece.</summary>
    /// <exception cref="HostException">The kernel said no.</exception>
    public static void Tell(string path, string value)
    {
        using var file = Open(path, Libc.WriteOnly);
        file.Write(Encoding.ASCII.GetBytes(value));
    }

    /// <summary>Writes it all.</summary>
    /// <exception cref="HostException">The kernel said no, perhaps after a part of it.</exception>
    public void Write(ReadOnlySpan<byte> bytes)
    {
        fixed (byte* start = bytes)
        {
            for (nint done = 0; done < bytes.Length;)
            {
                var count = Libc.Write(Number, start + done, (nuint)(bytes.Length - done));
                if (count < 0 && Errno.Last != Errno.Interrupted)
                {
                    throw new HostException("Writing failed", Errno.Last);
                }

                done += Math.Max(count, 0);
            }
        }
    }

    /// <summary>One line of text, at most 64 KiB; null at the end of what will ever come.</summary>
    public string? ReadMessage()
    {
        var buffer = new byte[64 * 1024];
        fixed (byte* start = buffer)
        {
            while (true)
            {
                var count = Libc.Read(Number, start, (nuint)buffer.Length);
                if (count >= 0 || Errno.Last != Errno.Interrupted)
                {
                    return count > 0 ? Encoding.UTF8.GetString(buffer, 0, (int)count) : null;
                }
            }
        }
    }

    /// <summary>Takes what a counter of events or a timer has to say; it is not readable any more then.</summary>
    public void Forget()
    {
        var count = stackalloc byte[8];
        _ = Libc.Read(Number, count, 8);
    }

    /// <summary>As many descriptors as this process may have are allowed from now on.</summary>
    /// <returns>How many.</returns>
    public static int RaiseLimit()
    {
        const int Descriptors = 7;
        var limits = stackalloc ulong[2];
        if (Libc.ReadLimit(Descriptors, limits) != 0)
        {
            return 1024;
        }

        limits[0] = limits[1];
        _ = Libc.SetLimit(Descriptors, limits);
        return (int)Math.Min(limits[1], 1 << 20);
    }

    /// <summary>Returns when the disk has it.</summary>
    /// <exception cref="HostException">The kernel said no.</exception>
    public void Sync()
    {
        if (Libc.Sync(Number) != 0)
        {
            throw new HostException("Syncing failed", Errno.Last);
        }
    }

    public void Dispose() => _ = Libc.Close(Number);
}

/// <summary>The kernel refused a call.</summary>
/// <param name="what">What was tried, as the beginning of a sentence.</param>
internal sealed class HostException(string what, int error) : Exception($"{what}: {Errno.Words(error)}.")
{
    public int Error { get; } = error;
}
