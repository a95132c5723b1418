using System.Runtime.InteropServices;

namespace Crater.Lab.Holding;

/// <summary>The process that fills memory: it takes the bytes, writes to every page, says so, and holds them until it is killed.</summary>
internal static unsafe class Filler
{
    /// <summary>The line that says that every page is resident.</summary>
    public const string Ready = "filled";

    /// <summary>What is left open: what the runtime takes and gives back by itself between two looks.</summary>
    private const long Grain = 256 * 1024;

    /// <param name="bytes">Of this whole process, what it needs for itself included.</param>
    public static int Run(long bytes)
    {
        // The first round finds out what this process needs for itself; the second one fills what the first one missed.
        for (var round = 0; round < 2 && bytes - Environment.WorkingSet is > Grain and var left; round++)
        {
            Touch(left);
        }

        Console.Out.WriteLine(Ready);
        Console.Out.Flush();
        using var never = new ManualResetEventSlim();
        never.Wait();
        return 0;
    }

    private static void Touch(long bytes)
    {
        var memory = (byte*)NativeMemory.Alloc((nuint)bytes);
        for (long at = 0; at < bytes; at += Environment.SystemPageSize)
        {
            // Different bytes on each page, so that neither zero pages nor merging make it smaller than it looks.
            memory[at] = (byte)(at >> 12 | 1);
        }
    }
}
