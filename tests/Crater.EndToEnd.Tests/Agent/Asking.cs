using Crater.EndToEnd.Tests.CommandLine;
using Xunit;

namespace Crater.EndToEnd.Tests.Agent;

/// <summary>What nearly every test asks of craterd, and that it was done.</summary>
internal static class Asking
{
    /// <summary>Runs craterd, which has to say that it did what was asked.</summary>
    public static async Task<Answer> DoneAsync(this Playground playground, params string[] arguments)
    {
        var answer = await playground.RunAsync(arguments);
        Assert.True(answer.Code == 0, answer.ToString());
        return answer;
    }

    /// <summary>Recovers an injection, which has to be certified as clean.</summary>
    public static async Task CleanAsync(this Playground playground, string uid)
    {
        var answer = await playground.DoneAsync("recover", uid);
        Assert.Contains($"{uid}: clean", answer.Out, StringComparison.Ordinal);
    }
}
