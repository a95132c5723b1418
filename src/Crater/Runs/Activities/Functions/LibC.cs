using System.Runtime.InteropServices;

namespace Crater.Runs.Activities.Functions;

/// <summary>
/// The system calls behind Python's file functions. The framework's own have other rules (a missing file is no error, a folder is moved by copying), and
/// documents rely on these.
/// </summary>
internal static partial class LibC
{
    public const int NotThere = 2;
    public const int NoFolder = 20;
    public const int Invalid = 22;
    private const int Interrupt = 2;

    /// <summary>Turns the answer of a call into a failure that says what the system said.</summary>
    /// <exception cref="ActivityFailedException">CRT2361.</exception>
    public static void Check(int answer, params string[] paths)
    {
        if (answer != 0)
        {
            throw Error(Marshal.GetLastPInvokeError(), paths);
        }
    }

    public static ActivityFailedException Error(int errno, params string[] paths) => PythonErrors.System(errno, Marshal.GetPInvokeErrorMessage(errno), paths);

    /// <summary>Asks a process to stop as Ctrl-C does, so that it can finish what it is at.</summary>
    public static void AskToStop(int pid) => _ = Kill(pid, Interrupt);

    [LibraryImport("libc", EntryPoint = "unlink", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int Unlink(string path);

    [LibraryImport("libc", EntryPoint = "rename", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int Rename(string from, string to);

    [LibraryImport("libc", EntryPoint = "mkdir", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int MakeFolder(string path, uint mode);

    [LibraryImport("libc", EntryPoint = "rmdir", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int RemoveFolder(string path);

    [LibraryImport("libc", EntryPoint = "symlink", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int SymbolicLink(string to, string link);

    [LibraryImport("libc", EntryPoint = "link", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int HardLink(string to, string link);

    [LibraryImport("libc", EntryPoint = "chmod", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int ChangeMode(string path, uint mode);

    [LibraryImport("libc", EntryPoint = "truncate", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int Truncate(string path, nint length);

    [LibraryImport("libc", EntryPoint = "kill", SetLastError = true)]
    private static partial int Kill(int pid, int signal);
}
