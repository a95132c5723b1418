using System.Text.Json;
using Xunit;

namespace Crater.EndToEnd.Tests.Agent;

/// <summary>A host measures its own faults, and everything is as before afterwards.</summary>
public sealed class CalibrationTests : IDisposable
{
    private readonly Playground _playground = new();

    public void Dispose() => _playground.Dispose();

    [Theory]
    [InlineData("memory-fill", 1)]
    [InlineData("cpu-load", 0)]
    [InlineData("fd-exhaust", 0)]
    [InlineData("file-modify", 0)]
    [InlineData("network-loss", 1)]
    public async Task What_a_target_got_is_what_was_asked_for(string fault, double errorMax)
    {
        var answer = await _playground.RunAsync("calibrate", fault, "--json");

        Assert.True(answer.Code == 0, answer.ToString());
        using var rows = JsonDocument.Parse(answer.Out);
        Assert.All(rows.RootElement.EnumerateArray(), row =>
        {
            Assert.SkipWhen(row.TryGetProperty("missing", out var missing), $"this host cannot measure it: {missing}");
            Assert.InRange(row.GetProperty("error").GetDouble(), -errorMax, errorMax);
        });
        Assert.Empty(_playground.State.Claims.Holders());
        Assert.Empty(_playground.OwnCraterds());
    }

    [Fact]
    public async Task A_fault_that_is_only_for_targets_of_the_users_own_says_so()
    {
        var answer = await _playground.RunAsync("calibrate", "memory-oom");

        Assert.Contains("needs a target of yours", answer.Out, StringComparison.Ordinal);
    }
}
