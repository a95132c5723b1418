using System.Runtime.InteropServices;

namespace Crater.Lab.Holding;

/// <summary>The process that fills memory: it takes the bytes, writes to every page, says so, and holds them until it is killed.</summary>
internal static unsafe class Filler
{
    /// <summary>The line that says that every page is resident.</summary>
    public const string Ready = "filled";

    public static int Run(long bytes)
    {
        var memory = (byte*)NativeMemory.Alloc((nuint)bytes);
        for (long at = 0; at < bytes; at += Environment.SystemPageSize)
        {
            // Different bytes on each page, so that neither zero pages nor merging make it smaller than it looks.
            memory[at] = (byte)(at >> 12 | 1);
        }

        Console.Out.WriteLine(Ready);
        Console.Out.Flush();
        using var never = new ManualResetEventSlim();
        never.Wait();
        return 0;
    }
}
