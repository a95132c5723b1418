using System.Runtime.InteropServices;

namespace Crater.Agent.Host;

/// <summary>The calls for network namespaces, raw packets and the programs at interfaces.</summary>
internal static unsafe partial class Libc
{
    private const int QueryPrograms = 16;
    private const int AtIngress = 46;
    private const int AtEgress = 47;

    [LibraryImport("libc", EntryPoint = "unshare", SetLastError = true)]
    public static partial int Unshare(int kinds);

    [LibraryImport("libc", EntryPoint = "sendto", SetLastError = true)]
    public static partial nint SendTo(int descriptor, byte* buffer, nuint count, int flags, byte* address, uint length);

    /// <summary>Whether eBPF programs (tcx) see the packets of an interface of this thread's network namespace. Kernels that cannot answer have no such programs.</summary>
    public static bool HasPrograms(int link)
    {
        nint call = RuntimeInformation.ProcessArchitecture == Architecture.Arm64 ? 280 : 321;
        const int Size = 64;
        var query = stackalloc int[Size / sizeof(int)];
        foreach (var place in (ReadOnlySpan<int>)[AtIngress, AtEgress])
        {
            new Span<int>(query, Size / sizeof(int)).Clear();
            (query[0], query[1]) = (link, place);
            if (SystemCall(call, QueryPrograms, (nint)query, Size, 0) == 0 && query[6] > 0)
            {
                return true;
            }
        }

        return false;
    }
}
