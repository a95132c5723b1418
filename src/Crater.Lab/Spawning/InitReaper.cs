using System.Runtime.InteropServices;

namespace Crater.Lab.Spawning;

/// <summary>
/// Waits for the children of init. The runtime does that too when it is process 1 (it takes whatever has ended, and the exit status
/// with it), so its handler of SIGCHLD has to go: a child that it took would be running for ever in the eyes of the lab.
/// </summary>
internal sealed class InitReaper : IDisposable
{
    private const int SigInfoNumbers = 32;
    private const int PidAt = 4;

    private readonly PosixSignalRegistration _runtimeHandler;
    private readonly AutoResetEvent _born = new(initialState: false);
    private readonly Action<int> _ended;

    /// <param name="ended">Given the pid of a child that has ended and is still a zombie; it must wait for it.</param>
    public InitReaper(Action<int> ended)
    {
        _ended = ended;

        // The runtime installs its handler once. Installed and then taken off, it stays off, whatever else asks for it later.
        _runtimeHandler = PosixSignalRegistration.Create(PosixSignal.SIGCHLD, static _ => { });
        _ = Native.SetSignal(Native.SigChild, 0);
        new Thread(Watch) { IsBackground = true, Name = "crater-reaper" }.Start();
    }

    /// <summary>A child was started: there is something to wait for.</summary>
    public void Born() => _born.Set();

    public void Dispose() => _runtimeHandler.Dispose();

    private unsafe void Watch()
    {
        var found = stackalloc int[SigInfoNumbers];
        while (true)
        {
            if (Native.WaitId(0, 0, found, Native.EndedLeftAsZombie) == 0)
            {
                _ended(found[PidAt]);
            }
            else if (Marshal.GetLastPInvokeError() != Native.Interrupted)
            {
                // No child at all. The second is for an orphan that comes without being announced.
                _born.WaitOne(TimeSpan.FromSeconds(1));
            }
        }
    }
}
