using System.Runtime.InteropServices;

namespace Crater.Lab.Spawning;

/// <summary>What setpriv does, for machines that have none: asks for the parent-death signal, then becomes the program.</summary>
internal static unsafe class Tied
{
    /// <summary>The exit code of a program that was found and could not be run, as shells have it.</summary>
    private const int CannotRun = 126;

    public static int Run(string[] command)
    {
        if (command.Length == 0 || Native.ProcessControl(Native.PrSetParentDeathSignal, Native.SigKill, 0, 0, 0) != 0)
        {
            return CannotRun;
        }

        using var arguments = new VectorBlock(command);
        using var environment = new VectorBlock([.. Environment.GetEnvironmentVariables().Cast<System.Collections.DictionaryEntry>().Select(entry => $"{entry.Key}={entry.Value}")]);

        // Only returns when it failed.
        _ = Native.Execute(arguments.Pointer[0], arguments.Pointer, environment.Pointer);
        Console.Error.WriteLine($"'{command[0]}' could not be run: {Marshal.GetPInvokeErrorMessage(Marshal.GetLastPInvokeError())}.");
        return CannotRun;
    }
}
