namespace Crater.Agent.Host;

/// <summary>Random bytes of the kernel's, which nobody can guess; without a library of cryptography, which not every host has.</summary>
internal static unsafe class RandomBytes
{
    /// <param name="count">At most 256, so that the kernel gives all of them at once.</param>
    /// <exception cref="HostException">The kernel gave none.</exception>
    public static byte[] Get(int count)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, 256);
        var bytes = new byte[count];
        fixed (byte* start = bytes)
        {
            while (Libc.GetRandom(start, (nuint)count, 0) != count)
            {
                if (Errno.Last != Errno.Interrupted)
                {
                    throw new HostException("No random bytes could be had", Errno.Last);
                }
            }
        }

        return bytes;
    }
}
