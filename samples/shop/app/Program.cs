using Shop.Hosting;
using Shop.Queues;
using Shop.Roles;
using Shop.Stores;

// One binary, one role per component: `shop --role carts`, or SHOP_ROLE=carts.
Dictionary<string, Action<RoleHost>> roles = new(StringComparer.Ordinal)
{
    ["edge-router"] = EdgeRouter.Define,
    ["front-end"] = FrontEnd.Define,
    ["catalogue"] = Catalogue.Define,
    ["catalogue-db"] = StoreRole.Database,
    ["carts"] = Carts.Define,
    ["carts-db"] = StoreRole.Database,
    ["orders"] = Orders.Define,
    ["orders-db"] = StoreRole.Database,
    ["user"] = User.Define,
    ["user-db"] = StoreRole.Database,
    ["redis"] = StoreRole.Cache,
    ["payment"] = Payment.Define,
    ["external-payment"] = ExternalPayment.Define,
    ["shipping"] = Shipping.Define,
    ["queue-master"] = QueueMaster.Define,
    ["rabbitmq"] = BrokerRole.Define,
    ["recommender"] = Recommender.Define,
};

var role = args is ["--role", var named, ..] ? named : Settings.FromEnvironment.Text("SHOP_ROLE", "");
if (!roles.TryGetValue(role, out var define))
{
    await Console.Error.WriteLineAsync($"'{role}' is not a role of the shop. Start it as `shop --role ROLE` or with SHOP_ROLE; roles: {string.Join(' ', roles.Keys)}.");
    return 1;
}

try
{
    return await ShopProcess.RunAsync(role, define, Settings.FromEnvironment);
}
catch (Exception e) when (e is SettingException or IOException)
{
    await Console.Error.WriteLineAsync($"{role} cannot start: {e.Message}");
    return 1;
}
