using System.Globalization;
using System.Text.Json.Nodes;
using Crater.Lab.Store;
using Crater.Targets;

namespace Crater.Lab.Api.Admission;

/// <summary>Sums of resource quantities, written as Kubernetes writes them.</summary>
internal static class Amounts
{
    private static readonly string[] Binary = ["", "Ki", "Mi", "Gi", "Ti", "Pi"];

    public static double Of(JsonNode? quantity) => Quantity.TryParse(quantity.Text(), out var value) ? value : 0;

    /// <summary>Bytes by powers of 1024 where they are such, all else in whole numbers or thousandths.</summary>
    public static string Text(string resource, double value)
    {
        if (resource.Contains("memory", StringComparison.Ordinal) || resource.Contains("storage", StringComparison.Ordinal))
        {
            var power = 0;
            while (power < Binary.Length - 1 && value != 0 && value % 1024 == 0)
            {
                (value, power) = (value / 1024, power + 1);
            }

            return value.ToString("0", CultureInfo.InvariantCulture) + Binary[power];
        }

        return Math.Abs(value - Math.Round(value)) < 0.0005
            ? Math.Round(value).ToString("0", CultureInfo.InvariantCulture)
            : Math.Round(value * 1000).ToString("0", CultureInfo.InvariantCulture) + "m";
    }

    /// <summary>What the containers of a pod ask for or may use, or the largest of those that run before them.</summary>
    /// <param name="side">requests or limits.</param>
    public static double OfPod(JsonObject pod, string side, string name)
    {
        double One(JsonObject container) => Of(container.At("resources", side, name));
        return Math.Max(pod.Each("spec", "containers").Sum(One), pod.Each("spec", "initContainers").Select(One).DefaultIfEmpty(0).Max());
    }
}
