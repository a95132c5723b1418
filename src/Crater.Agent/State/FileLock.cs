using Crater.Agent.Host;

namespace Crater.Agent.State;

/// <summary>An exclusive lock that the kernel releases when its holder dies, however it dies.</summary>
internal sealed class FileLock : IDisposable
{
    /// <summary>How often a lock that somebody else has is asked for again.</summary>
    private const int PauseMs = 5;

    private readonly Descriptor _file;

    private FileLock(Descriptor file) => _file = file;

    /// <summary>Null when somebody else had it all the time.</summary>
    public static unsafe FileLock? Take(string path, TimeSpan patience)
    {
        var file = Descriptor.Open(path, Libc.ReadWrite | Libc.Create, 0x180 /* 0600 */);
        var began = TimeProvider.System.GetTimestamp();
        while (Libc.Lock(file.Number, Libc.LockExclusive | Libc.LockNoWait) != 0)
        {
            if (TimeProvider.System.GetElapsedTime(began) > patience)
            {
                file.Dispose();
                return null;
            }

            _ = Libc.Poll(null, 0, PauseMs);
        }

        return new FileLock(file);
    }

    public void Dispose() => _file.Dispose();
}
