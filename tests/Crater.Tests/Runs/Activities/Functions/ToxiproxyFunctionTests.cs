using System.Text.Json.Nodes;
using Xunit;
using static Crater.Tests.Runs.Activities.Functions.Calling;

namespace Crater.Tests.Runs.Activities.Functions;

public sealed class ToxiproxyFunctionTests : IAsyncLifetime
{
    private FakeToxiproxyServer _server = null!;
    private string _configuration = "";

    public async ValueTask InitializeAsync()
    {
        _server = await FakeToxiproxyServer.StartAsync();
        _configuration = Json(("toxiproxy_host", _server.Url.Host), ("toxiproxy_port", _server.Url.Port));
    }

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Fact]
    public async Task A_proxy_is_made_asked_changed_and_removed()
    {
        Assert.Equal("true", await ActAsync("proxy.actions.create_proxy", """{"proxy_name": "db", "upstream_host": "10.0.0.1", "upstream_port": 3306, "listen_port": "3307"}"""));
        Assert.Equal("""{"name":"db","listen":"0.0.0.0:3307","upstream":"10.0.0.1:3306","enabled":true,"toxics":[]}""", _server.Proxy("db").ToJsonString());
        Assert.Equal("true", await ActAsync("proxy.probes.proxy_exist", """{"proxy_name": "db"}"""));
        Assert.Equal("true", await ActAsync("proxy.actions.disable_proxy", """{"proxy_name": "db"}"""));
        Assert.Equal("false", await ActAsync("proxy.probes.get_proxy_attribute", """{"proxy_name": "db", "attribute": "enabled"}"""));
        Assert.Equal("true", await ActAsync("proxy.actions.enable_proxy", """{"proxy_name": "db"}"""));
        Assert.Equal("true", await ActAsync("proxy.actions.modify_proxy", """{"proxy_name": "db", "upstream_address": "10.0.0.2:3306"}"""));
        Assert.Equal("""{"name":"db","listen":"0.0.0.0:3307","upstream":"10.0.0.2:3306","enabled":true,"toxics":[]}""", _server.Proxy("db").ToJsonString());
        Assert.Equal("null", await ActAsync("proxy.actions.delete_proxy", """{"proxy_name": "db"}"""));
        Assert.Equal("false", await ActAsync("proxy.probes.proxy_exist", """{"proxy_name": "db"}"""));
        Assert.Equal("null", await ActAsync("proxy.probes.get_proxy_attribute", """{"proxy_name": "db", "attribute": "listen"}"""));
    }

    [Fact]
    public async Task The_port_of_a_proxy_is_known_to_the_activities_after_it()
    {
        await ActAsync("proxy.actions.create_proxy", """{"proxy_name": "first_of_two", "upstream_host": "localhost", "upstream_port": 1}""");
        var port = Environment.GetEnvironmentVariable("first_of_two_PORT");
        Assert.Equal($"[::]:{port}", _server.Proxy("first_of_two")["listen"]!.GetValue<string>());
        await ActAsync("proxy.actions.create_proxy", """{"proxy_name": "second_of_two", "upstream_host": "localhost", "upstream_port": "env:first_of_two_PORT"}""");
        Assert.Equal($"localhost:{port}", _server.Proxy("second_of_two")["upstream"]!.GetValue<string>());
    }

    [Theory]
    [InlineData("create_latency_toxic", """{"latency": 200, "jitter": 50}""", "latency", """{"latency":200,"jitter":50}""")]
    [InlineData("create_latency_toxic", """{"latency": 200}""", "latency", """{"latency":200,"jitter":0}""")]
    [InlineData("create_bandwith_degradation_toxic", """{"rate": 10}""", "bandwidth", """{"rate":10}""")]
    [InlineData("create_slow_connection_close_toxic", """{"delay": 9}""", "slow_close", """{"delay":9}""")]
    [InlineData("create_timeout_toxic", """{"timeout": 5}""", "timeout", """{"timeout":5}""")]
    [InlineData("create_slicer_toxic", """{"average_size": 64, "size_variation": 32, "delay": 10}""", "slicer", """{"average_size":64,"size_variation":32,"delay":10}""")]
    [InlineData("create_limiter_toxic", """{"bytes_limit": 1024}""", "limit_data", """{"bytes":1024}""")]
    public async Task Each_toxic_has_its_type_and_attributes(string function, string arguments, string type, string attributes)
    {
        await ActAsync("proxy.actions.create_proxy", """{"proxy_name": "db", "upstream_host": "localhost", "upstream_port": 1, "listen_port": 2}""");
        var all = (JsonObject)JsonNode.Parse(arguments)!;
        (all["for_proxy"], all["toxic_name"]) = ("db", "t");
        Assert.Equal("true", await ActAsync($"toxic.actions.{function}", all.ToJsonString()));
        Assert.Equal($$"""{"name":"t","type":"{{type}}","stream":"downstream","toxicity":1,"attributes":{{attributes}}}""", _server.Toxic("db", "t").ToJsonString());
        Assert.Equal("true", await ActAsync("toxic.actions.delete_toxic", """{"for_proxy": "db", "toxic_name": "t"}"""));
        Assert.Equal("false", await ActAsync("toxic.actions.delete_toxic", """{"for_proxy": "db", "toxic_name": "t"}"""));
    }

    [Fact]
    public async Task Any_toxic_can_be_made_and_a_reset_takes_all_away()
    {
        await ActAsync("proxy.actions.create_proxy", """{"proxy_name": "db", "upstream_host": "localhost", "upstream_port": 1, "listen_port": 2, "enabled": false}""");
        Assert.Equal("true", await ActAsync("toxic.actions.create_toxic",
            """{"for_proxy": "db", "toxic_name": "t", "toxic_type": "latency", "stream": "upstream", "toxicity": 0.6, "attributes": {"latency": 200, "jitter": 50}}"""));
        Assert.Equal("""{"name":"t","type":"latency","stream":"upstream","toxicity":0.6,"attributes":{"latency":200,"jitter":50}}""", _server.Toxic("db", "t").ToJsonString());
        Assert.Equal("true", await ActAsync("proxy.actions.reset", "{}"));
        Assert.Empty(_server.Toxics("db"));
        Assert.True(_server.Proxy("db")["enabled"]!.GetValue<bool>());
    }

    [Theory]
    [InlineData("proxy.actions.enable_proxy", """{"proxy_name": "no"}""", "CRT2362 Toxiproxy did not change the proxy no: it answered 404 proxy not found")]
    [InlineData("toxic.actions.create_latency_toxic", """{"for_proxy": "no", "toxic_name": "t", "latency": 1}""", "CRT2362 Toxiproxy did not add the latency toxic t to no: it answered 404 proxy not found")]
    [InlineData("proxy.actions.create_proxy", """{"proxy_name": "a", "upstream_host": "env:CRATER_NO_SUCH_VARIABLE", "upstream_port": 1}""", "CRT2360 KeyError: 'CRATER_NO_SUCH_VARIABLE'")]
    public async Task A_refusal_is_a_failure_that_says_why(string function, string arguments, string failure) =>
        Assert.StartsWith(failure, await FailureAsync($"chaostoxi.{function}", arguments, _configuration), StringComparison.Ordinal);

    [Fact]
    public async Task A_server_in_trouble_does_not_pass_for_a_missing_proxy()
    {
        _server.IsInTrouble = true;
        Assert.Equal("CRT2362 Toxiproxy did not show the proxy db: it answered 500 the disk is on fire",
            await FailureAsync("chaostoxi.proxy.probes.proxy_exist", """{"proxy_name": "db"}""", _configuration));
        Assert.Equal("false", await ActAsync("proxy.actions.reset", "{}"));
    }

    [Fact]
    public async Task The_address_of_the_server_comes_from_configuration()
    {
        Assert.Equal("true", await ValueAsync("chaostoxi.proxy.actions.reset", "{}", Json(("toxiproxy_url", $"http://{_server.Url.Authority}/"), ("toxiproxy_host", "192.0.2.1"))));
        Assert.StartsWith("CRT2364 Nothing says where Toxiproxy is", await FailureAsync("chaostoxi.proxy.actions.reset", "{}"), StringComparison.Ordinal);
        Assert.StartsWith("CRT2363 Toxiproxy at http://127.0.0.1:1/reset could not be asked: ",
            await FailureAsync("chaostoxi.proxy.actions.reset", "{}", """{"toxiproxy_url": "http://ann:hunter2@127.0.0.1:1"}"""), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Nothing_left_to_remove_is_no_failure_of_a_rollback() =>
        Assert.Equal("null", await ValueAsync("chaostoxi.proxy.actions.delete_proxy", """{"proxy_name": "db"}""", """{"toxiproxy_url": "http://127.0.0.1:1"}"""));

    private Task<string> ActAsync(string function, string arguments) => ValueAsync($"chaostoxi.{function}", arguments, _configuration);
}
