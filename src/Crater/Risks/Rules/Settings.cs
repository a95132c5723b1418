using Crater.Discovery;

namespace Crater.Risks.Rules;

/// <summary>
/// What the names of environment variables tell: that a program has a setting, and never what it is set to, since values are not looked at. It makes a question out of a habit that nobody
/// declares, and never a weakness.
/// </summary>
internal static class Settings
{
    /// <summary>The first name, by the alphabet, of which one of the given words is a part; null when there is none.</summary>
    public static string? Find(Component component, params ReadOnlySpan<string> words)
    {
        foreach (var name in component.Containers.SelectMany(container => container.EnvNames).Order(StringComparer.Ordinal))
        {
            foreach (var word in words)
            {
                if (Words(name).Contains(word, StringComparer.OrdinalIgnoreCase))
                {
                    return name;
                }
            }
        }

        return null;
    }

    /// <summary>Whether the setting's name begins with the component's, as in <c>ORDERS_DB_POOL</c> for <c>orders-db</c>.</summary>
    public static bool IsAbout(string setting, Component component)
    {
        var (said, named) = (Words(setting), component.Name.Split('-', '_', '.'));
        return said.Length > named.Length && said.Zip(named).All(pair => pair.First.Equals(pair.Second, StringComparison.OrdinalIgnoreCase));
    }

    public static string Unseen(string setting) => $"nothing is declared, and what the setting {setting} says is not looked at";

    private static string[] Words(string name) => name.Split('_', '-', '.');
}
