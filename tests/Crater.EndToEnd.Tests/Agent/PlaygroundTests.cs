using Xunit;

namespace Crater.EndToEnd.Tests.Agent;

/// <summary>The list of what the agent's tests may touch fails closed.</summary>
public sealed class PlaygroundTests : IDisposable
{
    private readonly Playground _playground = new();

    public void Dispose() => _playground.Dispose();

    [Theory]
    [InlineData("inject", "file-delete", "--path", "/etc/hosts")]
    [InlineData("inject", "file-chmod", "--path", "relative")]
    [InlineData("inject", "process-kill", "--pid", "1")]
    [InlineData("inject", "process-kill", "--key", "sleep")]
    [InlineData("inject", "cpu-burn", "--percent", "50")]
    [InlineData("inject", "cpu-burn", "--percent", "50", "--count", "0")]
    [InlineData("inject", "cpu-burn", "--percent", "50", "--list", "0-1")]
    [InlineData("inject", "memory-fill", "--bytes", "257MiB")]
    [InlineData("inject", "memory-fill", "--percent", "50")]
    [InlineData("inject", "port-occupy", "--port", "80")]
    [InlineData("inject", "network-delay", "--interface", "lo")]
    [InlineData("inject", "cpu-burn", "--count", "1", "--anything", "new")]
    public void What_is_not_the_tests_own_is_refused_before_craterd_sees_it(params string[] arguments) =>
        Assert.Throws<InvalidOperationException>(() => _playground.Allow(arguments));

    [Fact]
    public void A_process_that_the_test_started_may_be_hit()
    {
        var victim = _playground.StartVictim();

        _playground.Allow(["inject", "process-stop", "--pid", $"{victim.Pid}", "-t", "5s"]);
    }
}
