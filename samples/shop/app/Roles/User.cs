using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Shop.Calls;
using Shop.Hosting;

namespace Shop.Roles;

/// <summary>user: customers in user-db, sessions and a copy of each customer in the cache (redis).
/// <c>CACHE_MODE=soft</c> (default) works without the cache; <c>hard</c> keeps sessions in the cache alone and fails with it.</summary>
internal sealed class User
{
    /// <summary>Small for a password store: the shop's customers are made up, and the login is part of the load.</summary>
    private const int HashRounds = 10_000;

    private readonly Downstream _database;
    private readonly Downstream _cache;
    private readonly bool _hard;

    private User(RoleHost host)
    {
        _database = host.Call("user-db");
        _cache = host.Call("redis");
        _hard = host.Settings.Text("CACHE_MODE", "soft") switch
        {
            "hard" => true,
            "soft" => false,
            var value => throw new SettingException("CACHE_MODE", value, "soft or hard"),
        };
    }

    public static void Define(RoleHost host)
    {
        var user = new User(host);
        host.Routes.Add("POST", "/login", user.LoginAsync);
        host.Routes.Add("POST", "/customers", user.RegisterAsync);
        host.Routes.Add("GET", "/sessions/{token}", async request =>
            (await user.ReadAsync($"/docs/sessions/{Uri.EscapeDataString(request.Path("token"))}", request.Abort)).Forward());
        host.Routes.Add("GET", "/customers/{name}", async request =>
        {
            var customer = await user.ReadAsync($"/docs/customers/{Uri.EscapeDataString(request.Path("name"))}", request.Abort);
            return customer.IsSuccess ? Reply.Json(200, Public(customer.Json().AsObject())) : customer.Forward();
        });
    }

    /// <summary>The document of one customer; the password is kept as a hash.</summary>
    public static JsonObject Customer(string name, string password, string address) => new()
    {
        ["name"] = name,
        ["address"] = address,
        ["password"] = Hash(name, password),
    };

    private async Task<Reply> LoginAsync(Request request)
    {
        var body = await request.JsonAsync();
        var name = body["username"]?.ToString() ?? "";
        var customer = await ReadAsync($"/docs/customers/{Uri.EscapeDataString(name)}", request.Abort);
        if (customer.Status == 404 || (customer.IsSuccess && !IsPassword(customer.Json(), name, body["password"]?.ToString() ?? "")))
        {
            return Reply.Error(401, "User name or password is wrong.");
        }

        if (!customer.IsSuccess)
        {
            return customer.Forward();
        }

        var token = Ids.New();
        var session = new JsonObject { ["token"] = token, ["customer"] = name };
        var kept = await KeepAsync($"/docs/sessions/{token}?ttl=30m", session, request.Abort);
        return kept.IsSuccess ? Reply.Json(200, session) : kept.Forward();
    }

    private async Task<Reply> RegisterAsync(Request request)
    {
        var body = await request.JsonAsync();
        var name = body["username"]?.ToString() ?? "";
        if (name.Length is 0 or > 64)
        {
            return Reply.Error(400, "A user name has 1 to 64 characters.");
        }

        var customer = Customer(name, body["password"]?.ToString() ?? "", body["address"]?.ToString() ?? "");
        var written = await PutAsync(_database, $"/docs/customers/{Uri.EscapeDataString(name)}", customer, 0, request.Abort);
        return written.IsSuccess ? Reply.Json(201, Public(customer))
            : written.Status == 412 ? Reply.Error(409, $"There is a customer '{name}' already.")
            : written.Forward();
    }

    private async Task<Answer> ReadAsync(string path, CancellationToken abort)
    {
        var cached = await _cache.GetAsync(path, abort);
        if (cached.IsSuccess || (_hard && cached.Status != 404))
        {
            return cached;
        }

        var stored = await _database.GetAsync(path, abort);
        if (stored.IsSuccess && cached.Status == 404)
        {
            await _cache.SendAsync(new Call("PUT", path + "?ttl=30s") { Body = stored.Body }, abort);
        }

        return stored;
    }

    /// <summary>Soft: the database is the truth and the cache a courtesy. Hard: the cache is all there is.</summary>
    private async Task<Answer> KeepAsync(string path, JsonObject document, CancellationToken abort)
    {
        if (_hard)
        {
            return await PutAsync(_cache, path, document, null, abort);
        }

        var stored = await PutAsync(_database, path, document, null, abort);
        await PutAsync(_cache, path, document, null, abort);
        return stored;
    }

    private static Task<Answer> PutAsync(Downstream to, string path, JsonObject document, long? expected, CancellationToken abort) =>
        to.SendAsync(new Call("PUT", path) { Body = Encoding.UTF8.GetBytes(document.ToJsonString()), ExpectedVersion = expected }, abort);

    private static JsonObject Public(JsonObject customer) => new() { ["name"] = customer["name"]?.ToString(), ["address"] = customer["address"]?.ToString() };

    private static bool IsPassword(JsonNode customer, string name, string password) => CryptographicOperations.FixedTimeEquals(
        Encoding.ASCII.GetBytes(customer["password"]?.ToString() ?? ""), Encoding.ASCII.GetBytes(Hash(name, password)));

    private static string Hash(string name, string password) => Convert.ToHexString(
        Rfc2898DeriveBytes.Pbkdf2(password, Encoding.UTF8.GetBytes("sock shop " + name), HashRounds, HashAlgorithmName.SHA256, 32));
}
