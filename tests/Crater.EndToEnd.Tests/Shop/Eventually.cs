using Crater.Diagnostics;
using Xunit;

namespace Crater.EndToEnd.Tests.Shop;

/// <summary>Waits for something that other processes bring about.</summary>
internal static class Eventually
{
    /// <summary>Long enough for a busy machine; a test that needs it all has failed.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    public static async Task TrueAsync(Func<Task<bool>> holds, string what)
    {
        var began = TimeProvider.System.GetTimestamp();
        while (!await HoldsAsync(holds))
        {
            Assert.True(TimeProvider.System.GetElapsedTime(began) < Patience, $"It did not come true within {Patience.TotalSeconds} s that {what}.");
            await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, TestContext.Current.CancellationToken);
        }
    }

    private static async Task<bool> HoldsAsync(Func<Task<bool>> holds)
    {
        try
        {
            return await holds();
        }
        catch (Exception e) when (NoAnswer.Is(e))
        {
            return false;   // not there yet
        }
    }
}
