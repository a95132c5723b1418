using Xunit;

namespace Crater.EndToEnd.Tests.CommandLine;

/// <summary>Waits for what other processes bring about.</summary>
internal static class Wait
{
    /// <summary>Long enough for a busy machine; a test that needs it all has failed.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    public static Task UntilAsync(Func<bool> holds, string what) => UntilAsync(() => Task.FromResult(holds()), what, Patience);

    /// <returns>How long it took.</returns>
    public static async Task<TimeSpan> UntilAsync(Func<Task<bool>> holds, string what, TimeSpan patience)
    {
        var began = TimeProvider.System.GetTimestamp();
        Assert.True(await ComesTrueAsync(holds, patience), $"It did not come true within {patience.TotalSeconds} s that {what}.");
        return TimeProvider.System.GetElapsedTime(began);
    }

    /// <returns>Whether it came true while there was patience.</returns>
    public static async Task<bool> ComesTrueAsync(Func<Task<bool>> holds, TimeSpan patience)
    {
        var began = TimeProvider.System.GetTimestamp();
        while (!await holds())
        {
            if (TimeProvider.System.GetElapsedTime(began) >= patience)
            {
                return false;
            }

            await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System, TestContext.Current.CancellationToken);
        }

        return true;
    }
}
