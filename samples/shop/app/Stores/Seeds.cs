using System.Globalization;
using System.Text.Json.Nodes;

namespace Shop.Stores;

/// <summary>What the shop sells and who its first customers are: version 1 of these documents, the same on every replica.</summary>
internal static class Seeds
{
    private static readonly (string Id, string Name, string Description, double Price, string Tag)[] Socks =
    [
        ("sock-01", "Colourful", "Striped in seven colours; knitted from what was left of the others.", 18, "brown"),
        ("sock-02", "Crossed", "A pair that never gets mixed up.", 17.32, "action"),
        ("sock-03", "Holy", "Ventilated on purpose.", 99.99, "magic"),
        ("sock-04", "YouTube.sock", "For long evenings.", 10.99, "formal"),
        ("sock-05", "Nerd leg", "Covers what the trousers do not.", 7.99, "skin"),
        ("sock-06", "Figueroa", "Comfortable on cold floors.", 14, "green"),
        ("sock-07", "Cat socks", "Does not scratch.", 15, "brown"),
        ("sock-08", "Classic", "Grey. It goes with grey.", 12, "formal"),
        ("sock-09", "SuperSport XL", "Ready for the marathon or the sofa.", 15, "sport"),
    ];

    public static void Plant(string role, ReplicatedStore store)
    {
        if (role == "catalogue-db")
        {
            foreach (var sock in Socks)
            {
                Put(store, $"socks/{sock.Id}", new JsonObject
                {
                    ["id"] = sock.Id,
                    ["name"] = sock.Name,
                    ["description"] = sock.Description,
                    ["price"] = sock.Price,
                    ["tag"] = sock.Tag,
                });
            }
        }
        else if (role == "user-db")
        {
            for (var i = 1; i <= 20; i++)
            {
                Put(store, $"customers/user{i}", Roles.User.Customer($"user{i}", $"password{i}", $"{i} Knitting Lane"));
            }
        }
    }

    private static void Put(ReplicatedStore store, string key, JsonObject document) => store.Local.Apply(new StoreEntry(
        key, System.Text.Encoding.UTF8.GetBytes(document.ToJsonString()), 1, "seed", DateTimeOffset.ParseExact("2025-01-01", "yyyy-MM-dd", CultureInfo.InvariantCulture)));
}
