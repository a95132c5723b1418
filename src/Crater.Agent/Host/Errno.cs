using System.Runtime.InteropServices;

namespace Crater.Agent.Host;

/// <summary>The kernel's error numbers that mean something here, the same on every Linux architecture.</summary>
internal static class Errno
{
    public const int NotPermitted = 1;
    public const int NoEntry = 2;
    public const int NoProcess = 3;
    public const int Interrupted = 4;
    public const int BadDescriptor = 9;
    public const int Again = 11;
    public const int NoAccess = 13;
    public const int Busy = 16;
    public const int Exists = 17;
    public const int CrossDevice = 18;
    public const int NoSpace = 28;
    public const int ReadOnlyFiles = 30;
    public const int NotImplemented = 38;
    public const int NotSupported = 95;
    public const int ConnectionReset = 104;
    public const int QuotaExceeded = 122;

    /// <summary>Of the last call on this thread.</summary>
    public static int Last => Marshal.GetLastPInvokeError();

    /// <summary>The system's words, e.g. <c>No such file or directory</c>.</summary>
    public static string Words(int error) => Marshal.GetPInvokeErrorMessage(error);

    public static bool IsNoPermission(int error) => error is NotPermitted or NoAccess;

    public static bool IsNoRoom(int error) => error is NoSpace or QuotaExceeded;
}
