using System.Globalization;
using System.Numerics;

namespace Crater.Agent.Host;

/// <summary>Processor cores by number.</summary>
internal static class Cores
{
    /// <summary>The kernel's own limit on x86-64 and arm64 is not above this.</summary>
    private const int CountMax = 8192;

    /// <summary>Those that a process may run on, in order.</summary>
    /// <param name="pid">0 is this one.</param>
    public static unsafe IReadOnlyList<int> Allowed(int pid = 0)
    {
        var mask = stackalloc ulong[CountMax / 64];
        List<int> cores = [];
        _ = Libc.GetAffinity(pid, CountMax / 8, mask);
        for (var core = 0; core < CountMax; core++)
        {
            if ((mask[core / 64] >> (core % 64) & 1) != 0)
            {
                cores.Add(core);
            }
        }

        return cores;
    }

    /// <summary>Binds the calling thread to one core; false when it may not run there.</summary>
    public static unsafe bool Bind(int core)
    {
        var mask = stackalloc ulong[CountMax / 64];
        new Span<ulong>(mask, CountMax / 64).Clear();
        mask[core / 64] = BitOperations.RotateLeft(1UL, core % 64);
        return Libc.SetAffinity(0, CountMax / 8, mask) == 0;
    }

    /// <summary><c>0-2,6</c> → 0, 1, 2, 6; null when the text is no list of cores.</summary>
    public static IReadOnlyList<int>? Parse(string text)
    {
        var isIn = new bool[CountMax];
        foreach (var part in text.Split(',', StringSplitOptions.TrimEntries))
        {
            var ends = part.Split('-');
            if (ends.Length > 2 || !Number(ends[0], out var first) || !Number(ends[^1], out var last) || last < first)
            {
                return null;
            }

            Array.Fill(isIn, true, first, last - first + 1);
        }

        List<int> cores = [];
        for (var core = 0; core < CountMax; core++)
        {
            if (isIn[core])
            {
                cores.Add(core);
            }
        }

        return cores;
    }

    public static string Text(IReadOnlyList<int> cores) => string.Join(',', cores);

    private static bool Number(string text, out int number) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number) && number < CountMax;
}
