namespace Crater.EndToEnd.Tests;

/// <summary>The checkout that the tests run from.</summary>
internal static class Checkout
{
    public static string Root { get; } = Find();

    private static string Find()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "Crater.slnx")))
        {
            folder = folder.Parent ?? throw new InvalidOperationException("The tests do not run from within a checkout: no Crater.slnx above them.");
        }

        return folder.FullName;
    }
}
