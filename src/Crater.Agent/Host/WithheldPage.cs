using System.Runtime.InteropServices;

namespace Crater.Agent.Host;

/// <summary>
/// One page of memory that never comes: userfaultfd holds whoever asks for it, in a wait that counts as load and that only SIGKILL ends (TASK_KILLABLE, so that the
/// kernel's detector of hung tasks leaves it alone). Closing the descriptor lets everybody go.
/// </summary>
internal sealed unsafe class WithheldPage : IDisposable
{
    private const nuint Length = 4096 * 16;      // a page on every architecture
    private const int ReadWrite = 3;
    private const int PrivateAnonymous = 0x22;

    /// <summary>MADV_POPULATE_READ (Linux 5.14): the kernel fetches the page itself, which is what makes the wait one of state D.</summary>
    private const int Populate = 22;

    private const nuint ApiCall = 0xC018AA3F;
    private const nuint RegisterCall = 0xC020AA00;
    private const ulong ApiVersion = 0xAA;
    private const ulong MissingPages = 1;

    private readonly Descriptor _faults;
    private readonly nint _memory;

    /// <exception cref="HostException">The kernel does not have it, or not for this user.</exception>
    public WithheldPage()
    {
        _faults = new Descriptor(Open());
        var api = stackalloc ulong[3] { ApiVersion, 0, 0 };
        _memory = Libc.Map(0, Length, ReadWrite, PrivateAnonymous, -1, 0);
        var range = stackalloc ulong[4] { (ulong)_memory, Length, MissingPages, 0 };
        if (_faults.Number < 0 || _memory == -1 || Libc.Control(_faults.Number, ApiCall, api) != 0 || Libc.Control(_faults.Number, RegisterCall, range) != 0)
        {
            var error = Errno.Last;
            Dispose();
            throw new HostException("userfaultfd refused", error);
        }
    }

    /// <summary>Whether this kernel has it for this user; takes nothing and keeps nothing.</summary>
    public static bool IsPossible()
    {
        var memory = Libc.Map(0, Length, ReadWrite, PrivateAnonymous, -1, 0);
        var descriptor = Open();
        var isPossible = memory != -1 && descriptor >= 0 && Libc.Advise(memory, Length, Populate) == 0;
        _ = Libc.Close(descriptor);
        _ = Libc.Unmap(memory, Length);
        return isPossible;
    }

    /// <summary>Returns when the page is given up.</summary>
    public void Ask() => _ = Libc.Advise(_memory, Length, Populate);

    public void Dispose()
    {
        _faults.Dispose();
        _ = Libc.Unmap(_memory, Length);
    }

    private static int Open() =>
        (int)Libc.SystemCall(RuntimeInformation.ProcessArchitecture == Architecture.Arm64 ? 282 : 323, Libc.CloseOnExec, 0, 0, 0);
}
