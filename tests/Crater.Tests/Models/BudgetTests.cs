using Crater.Diagnostics;
using Crater.Models;
using Crater.Tests.Models.Scripted;
using Xunit;

namespace Crater.Tests.Models;

public sealed class BudgetTests
{
    [Fact]
    public void A_budget_is_written_in_one_line_and_what_is_left_out_stays()
    {
        var budget = new Budget().With("tokens=20000, calls=5,money=0.10,time=2m,faults=60s");

        Assert.Equal(new Budget { Tokens = 20_000, Calls = 5, Money = 0.10m, Time = TimeSpan.FromMinutes(2), Faults = TimeSpan.FromSeconds(60) }, budget);
        Assert.Equal(new Budget { Calls = 1 }, new Budget().With("calls=1"));
    }

    [Theory]
    [InlineData("tokens=many")]
    [InlineData("calls=-1")]
    [InlineData("time=-5s")]
    [InlineData("love=1")]
    [InlineData("calls")]
    public void What_is_not_understood_is_refused(string text) => Assert.Equal("CRT7317", Assert.Throws<CraterException>(() => new Budget().With(text)).Code);

    [Theory]
    [InlineData("calls=0")]
    [InlineData("tokens=0")]
    [InlineData("time=0s")]
    [InlineData("money=0")]
    [InlineData("tokens=1500")]
    public async Task With_nothing_to_spend_nobody_is_asked_and_the_rules_advise(string budget)
    {
        await using var script = await ScriptedModelServer.StartAsync(Say.Text("{}"));

        var advisory = await SomeAdvice.AskAsync(script, budget: new Budget().With(budget), price: new Price(1, 1));

        Assert.StartsWith("CRT7313: ", advisory.Origin.Fallback, StringComparison.Ordinal);
        Assert.NotEmpty(advisory.Proposals);
        Assert.Empty(script.Requests);
    }

    [Fact]
    public async Task A_limit_on_money_asks_nobody_whose_price_is_unknown()
    {
        await using var script = await ScriptedModelServer.StartAsync(Say.Text("{}"));

        Assert.Equal("CRT7313", await Asking.CodeOfAsync(Asking.Model(script, budget: new Budget { Money = 100 })));
        Assert.Empty(script.Requests);
    }

    [Fact]
    public async Task Every_try_counts_and_each_is_checked_before_it_is_made()
    {
        await using var script = await ScriptedModelServer.StartAsync(Say.Status(500), Say.Status(500), Say.Text("too much"));

        Assert.Equal("CRT7313", await Asking.CodeOfAsync(Asking.Model(script, budget: new Budget { Calls = 2 }, clock: new SkippingClock())));
        Assert.Equal(1, script.TurnsLeft);
    }

    [Fact]
    public void Money_is_what_the_price_makes_of_the_tokens()
    {
        var spending = new Spending(new Budget { Money = 0.001m }, new Price(0.15m, 0.60m), TimeProvider.System);
        spending.Charge(new Usage(2_000, 1_000));

        Assert.Equal(0.0009m, spending.Money);
        spending.Allow(new Usage(100, 100));
        Assert.Equal("CRT7313", Assert.Throws<CraterException>(() => spending.Allow(new Usage(1_000, 1_000))).Code);
    }

    [Fact]
    public void The_time_of_faults_is_limited_too()
    {
        var spending = new Spending(new Budget { Faults = TimeSpan.FromSeconds(60) }, null, TimeProvider.System);
        spending.AllowFault(TimeSpan.FromSeconds(60));
        spending.ChargeFault(TimeSpan.FromSeconds(41));

        spending.AllowFault(TimeSpan.FromSeconds(19));
        Assert.Equal("CRT7313", Assert.Throws<CraterException>(() => spending.AllowFault(TimeSpan.FromSeconds(20))).Code);
    }
}
