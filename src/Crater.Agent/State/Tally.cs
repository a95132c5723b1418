using System.Globalization;
using System.Text;
using Crater.Agent.Host;

namespace Crater.Agent.State;

/// <summary>What a fault has met: a fault that has hit nothing proves nothing.</summary>
/// <param name="Seen">Requests that came by while it was in place.</param>
/// <param name="Hit">Those of them to which something was done.</param>
internal readonly record struct Tally(long Seen, long Hit)
{
    /// <summary>For a person.</summary>
    public string Words => Hit == 0 ? Line($"no request was hit, of {Seen} seen") : Line($"{Hit} of {Seen} requests were hit");

    /// <summary>The same for a column of a table.</summary>
    public string Brief => Hit == 0 ? Line($"none of {Seen}") : Line($"{Hit} of {Seen}");

    /// <summary>Null when there is none, or it cannot be read; then nothing is known.</summary>
    public static Tally? Read(string file)
    {
        try
        {
            return File.Exists(file) ? Of(File.ReadAllText(file).Split(' ')) : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <inheritdoc cref="Read"/>
    public static Tally? Of(params IReadOnlyList<string> numbers) => numbers.Count == 2
        && long.TryParse(numbers[0], NumberStyles.None, CultureInfo.InvariantCulture, out var seen) && long.TryParse(numbers[1], NumberStyles.None, CultureInfo.InvariantCulture, out var hit)
        ? new Tally(seen, hit) : null;

    /// <summary>Replaced in one step, so that nobody reads half of it. Not synced, and a disk that takes no more keeps the one before: the fault does not depend on it.</summary>
    public void Write(string file)
    {
        try
        {
            var next = file + ".next";
            using (var descriptor = Descriptor.Open(next, Libc.WriteOnly | Libc.Create, 0x180 /* 0600 */))
            {
                _ = Libc.Truncate(descriptor.Number, 0);
                descriptor.Write(Encoding.ASCII.GetBytes(Line($"{Seen} {Hit}")));
            }

            File.Move(next, file, overwrite: true);
        }
        catch (Exception e) when (e is HostException or IOException or UnauthorizedAccessException)
        {
            // Whoever asks is told an older count, or none.
        }
    }

    private static string Line(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
