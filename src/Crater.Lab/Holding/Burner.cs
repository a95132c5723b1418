using System.Diagnostics;

namespace Crater.Lab.Holding;

/// <summary>The process that burns CPU: one busy thread, held to its share by looking at the CPU time that it really got.</summary>
internal static class Burner
{
    /// <summary>Short enough that a share looks steady to a reader that samples every second.</summary>
    private static readonly TimeSpan Slice = TimeSpan.FromMilliseconds(20);

    /// <param name="percent">Of one core, above 0 to 100.</param>
    public static int Run(double percent)
    {
        using var self = Process.GetCurrentProcess();
        var began = Stopwatch.GetTimestamp();
        var startup = self.TotalProcessorTime;
        using var rest = new ManualResetEventSlim();
        while (true)
        {
            self.Refresh();
            var owed = (Stopwatch.GetElapsedTime(began) * (percent / 100)) - (self.TotalProcessorTime - startup);
            if (owed > TimeSpan.Zero)
            {
                // Never more than one slice at once: after a time without any CPU the debt is not paid back in one long burst.
                Spin(owed < Slice ? owed : Slice);
                began = owed > TimeSpan.FromSeconds(1) ? Forgive(out startup, self) : began;
            }
            else
            {
                rest.Wait(Slice);
            }
        }
    }

    private static long Forgive(out TimeSpan startup, Process self)
    {
        self.Refresh();
        startup = self.TotalProcessorTime;
        return Stopwatch.GetTimestamp();
    }

    private static void Spin(TimeSpan time)
    {
        var until = Stopwatch.GetTimestamp() + (long)(time.TotalSeconds * Stopwatch.Frequency);
        while (Stopwatch.GetTimestamp() < until)
        {
            Thread.SpinWait(50);
        }
    }
}
