using Crater.Discovery;
using Crater.Kubernetes.Discovery;
using Xunit;

namespace Crater.Tests.Kubernetes.Discovery;

public sealed class EnvAddressesTests
{
    private static readonly ServiceNames Names = new(new[] { "carts", "orders-db", "redis", "kafka" }.Select(name =>
        new ServiceEndpoint("shop", name, "ClusterIP", [new ServicePort("", 80, "")], [])));

    [Theory]
    [InlineData("CARTS_URL", "http://$(CARTS_SERVICE_HOST):$(CARTS_SERVICE_PORT)", "carts:80")]
    [InlineData("CARTS", "carts.shop.svc.cluster.local", "carts.shop.svc.cluster.local")]
    [InlineData("CARTS_HOST", "carts", "carts")]
    [InlineData("CACHE", "redis:6379", "redis:6379")]
    [InlineData("DB", "mongodb://admin:hunter2@orders-db:27017/data?authSource=x", "orders-db:27017")]
    [InlineData("DSN", "root:hunter2@tcp(orders-db:3306)/socksdb", "orders-db:3306")]
    [InlineData("BROKERS", "kafka:9092,kafka.shop:9093", "kafka:9092 kafka.shop:9093")]
    [InlineData("MODE", "carts", "")]
    [InlineData("CARTS_URL", "http://cartsx:80", "")]
    [InlineData("PAY", "https://payments.example.com/v1", "payments.example.com")]
    public void Only_hosts_and_ports_are_taken_out_of_a_value(string variable, string value, string expected) =>
        Assert.Equal(expected, string.Join(' ', EnvAddresses.Find(variable, value, "shop", Names)));

    [Theory]
    [InlineData("hunter2")]
    [InlineData("postgres://u:hunter2@elsewhere/db")]
    [InlineData("https://u:hunter2@payments.example.com/")]
    [InlineData("amqp://u:hun/ter2@redis.example:5672")]
    [InlineData("hunter2:1234")]
    public void A_secret_never_passes(string value) => Assert.Empty(EnvAddresses.Find("DB_URL", value, "shop", Names));
}
